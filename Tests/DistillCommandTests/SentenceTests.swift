import Distill
import Foundation
import Testing

@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// The experiment on a made-up WordNet, with a teacher of random weights.
@Suite struct SentenceTests: EvidenceRunning {
  typealias Evidence = SentenceCertificate

  /// Tokens of the teacher of the tests.
  private static let words =
    [
      "[UNK]", "[CLS]", "[SEP]", ";", "a", "of", "the", "small", "large", "red", "cat", "dog",
      "bird", "tree", "boat", "river", "sings", "runs", "sleeps", "grows", "eats", "fish", "seed",
      "old", "young", "quick", "slow", "house", "stone", "hill", "green", "blue", "with", "and",
      "in", "near", "wolf", "duck", "horse", "leaf",
    ]

  /// `.data` with WordNet, a teacher and published embeddings, all of a few kilobytes.
  static func write(to data: URL) throws {
    for name in ["wordnet", "minilm", "wordllama"] {
      try FileManager.default.createDirectory(
        at: data.appendingPathComponent(name),
        withIntermediateDirectories: true
      )
    }
    try writeWordNet(to: data.appendingPathComponent("wordnet"))
    let minilm = data.appendingPathComponent("minilm")
    let bert = DocumentationTests.checkout
      .appendingPathComponent("Tests/LanguageTests/Fixtures/tiny-bert")
    for name in ["config.json", "model.safetensors"] {
      try FileManager.default.copyItem(
        at: bert.appendingPathComponent(name),
        to: minilm.appendingPathComponent(name)
      )
    }
    let vocabulary = words.enumerated().map { "\"\($0.element)\":\($0.offset)" }
    let tokenizer = """
      {"normalizer":{"type":"BertNormalizer"},"pre_tokenizer":{"type":"BertPreTokenizer"},
       "post_processor":{"type":"BertProcessing","cls":["[CLS]",1],"sep":["[SEP]",2]},
       "model":{"type":"WordPiece","unk_token":"[UNK]","vocab":{\(vocabulary.joined(separator: ","))}}}
      """
    for folder in ["minilm", "wordllama"] {
      try Data(tokenizer.utf8).write(to: data.appendingPathComponent("\(folder)/tokenizer.json"))
    }
    let table = Tensor.normal([40, 8], using: RandomGenerator(seed: 3)).cast(to: .float16)
    try Safetensors.write(
      ["embedding.weight": table],
      to: data.appendingPathComponent("wordllama/model.safetensors")
    )
  }

  private static func writeWordNet(to folder: URL) throws {
    var random = RandomStream(seed: 5, stream: 1)
    for (part, kind, count) in [
      ("noun", "n", 150), ("verb", "v", 30), ("adj", "a", 20), ("adv", "r", 10),
    ] {
      var text = "  1 Made up.\n"
      for index in 0..<count {
        func pick(_ count: Int) -> String {
          (0..<count).map { _ in words[Int.random(in: 4..<40, using: &random)] }
            .joined(separator: " ")
        }
        let name = pick(1) + "_" + pick(1)
        let topic = part == "noun" ? 3 + index % 4 : part == "verb" ? 30 : part == "adj" ? 0 : 2
        let example = index % 2 == 0 ? "; \"\(pick(5))\"" : ""
        text += String(format: "%08d %02d ", index + 1, topic)
        text += "\(kind) 01 \(name) 0 000 | \(pick(6))\(example)  \n"
      }
      try Data(text.utf8).write(to: folder.appendingPathComponent("data.\(part)"))
    }
  }

  static let settings = [
    "training=100", "test=40", "length=10", "seeds=2", "staticWidth=8", "transformerWidth=8",
    "heads=2", "layers=1", "batch=20", "staticSteps=30", "transformerSteps=12", "staticRate=0.03",
  ]

  static func small(_ data: URL, _ more: [String] = []) throws -> JobRecipe {
    try JobRecipe(
      yaml: """
        experiment: sentences
        seed: 3
        data: \(data.path)/wordnet
        teacher: \(data.path)/minilm
        peer: \(data.path)/wordllama
        """,
      settings: settings + more
    )
  }

  @Test func theRunIsItsOwnEvidence() throws {
    try withScratchFolder { scratch in
      try Self.write(to: scratch)
      let folder = try run(Self.small(scratch), at: scratch.appendingPathComponent("run"))
      let found = try certificate(folder)
      #expect(
        found.models.map(\.name) == ["teacher", "WordLlama", "token outputs, not trained"]
          + SentenceArm.allCases.map(\.rawValue)
      )
      let teacher = found.models[0]
      #expect(teacher[.rank].value.mean == 1 && teacher.parameters > 1_000)
      for model in found.models {
        for value in model.values {
          #expect(value.value.mean.isFinite && value.value.mean <= 1)
          let isControl = model.name.hasSuffix("contrast")
          let hasControl = model.name.hasPrefix("static") || model.name.hasPrefix("transformer")
          #expect((value.gain != nil) == (hasControl && !isControl))
        }
        // Whoever is not among the first ten is eleventh at best.
        let (rank, ten) = (model[.exampleRank].value.mean, model[.exampleAmongTen].value.mean)
        #expect(rank <= ten + (1 - ten) / 11 + 1e-9)
      }
      // Who was taught is more like the teacher than who was not.
      func rank(_ arm: SentenceArm) -> Double {
        found.models.first { $0.name == arm.rawValue }![.rank].value.mean
      }
      #expect(rank(.staticTaught) > rank(.staticContrast))
      #expect(found.student == SentenceArm.staticStarted.rawValue)
      #expect(
        found.provenance?.networks.count == 2 * SentenceArm.allCases.count
          && found.provenance?.seeds == [4, 5]
      )
      #expect(found.provenance?.teacher.count == 3 && found.provenance?.data.count == 6)
      let page = try String(contentsOf: folder.file(RunFolder.report), encoding: .utf8)
      #expect(page.contains(found.word.rawValue) && page.contains("WordLlama"))
      let table = try String(contentsOf: folder.file(RunFolder.table), encoding: .utf8)
      #expect(table.contains("example, MRR") && table.contains(found.lesson))

      try requireEvidence(folder, ofMoreThan: 60)
    }
  }

  @Test(arguments: ["teacher observed", "static, from token outputs", "transformer, taught"])
  func aStoppedRunGoesOnToTheSameNetworks(_ stage: String) throws {
    try withScratchFolder { scratch in
      try Self.write(to: scratch)
      let recipe = try Self.small(
        scratch,
        [
          "students=['static, contrast', 'static, from token outputs, taught', "
            + "'transformer, taught', 'transformer, contrast']", "staticSteps=9",
        ]
      )
      try requireResumed(
        recipe,
        in: scratch,
        stoppedIn: stage,
        after: 4,
        files: 10
      )
    }
  }

  @Test func glossesComeApart() {
    let (definition, example) = SentenceWorld.parts(
      of: "the act of teaching; \"he found teaching hard\"; \"teaching is fun\""
    )
    #expect(definition == "the act of teaching" && example == "he found teaching hard")
    #expect(SentenceWorld.parts(of: "no example").example == nil)
    #expect(SentenceWorld.parts(of: "an open \"quote").example == nil)
    #expect(SentenceWorld.parts(of: "").definition == "")
    #expect(SentenceWorld.parts(of: "\"\"").example == nil)
  }

  /// Ranks and correlations by plain loops.
  @Test func measuresAreThoseOfPlainLoops() throws {
    try withScratchFolder { scratch in
      try Self.write(to: scratch)
      let job = try #require(Self.small(scratch).job as? SentenceExperiment)
      let world = try SentenceWorld(job, seed: 3, on: .cpu)
      let teacher = world.teacherModel.encoders[0]
      let peer = try #require(world.peer)
      let (own, other) = (
        try Similarities(world.test.definitions, peer),
        try Similarities(world.test.definitions, teacher)
      )
      func rows(_ encoder: SentenceEncoder, _ texts: [String]) throws -> [[Double]] {
        try texts.map { try encoder.encoded([$0])[0].scalars(Float.self).map(Double.init) }
      }
      func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
      let definitions = try rows(peer, world.test.definitions)
      let examples = try rows(peer, world.test.examples)
      let taught = try rows(teacher, world.test.definitions)
      let found = try (1 / own.places(of: world.test.examples)).scalars(Double.self)
      let correlations = own.rankCorrelation(with: other).scalars(Double.self)
      for index in 0..<10 {
        let scores = examples.map { dot(definitions[index], $0) }
        let place = scores.count { $0 >= scores[index] - 1e-6 }
        #expect(abs(found[index] - 1 / Double(place)) < 1e-9)
        func ranks(_ rows: [[Double]]) -> [Int] {
          let scores = rows.indices.filter { $0 != index }.map { dot(rows[index], rows[$0]) }
          let order = scores.indices.sorted { scores[$0] < scores[$1] }
          var ranks = [Int](repeating: 0, count: order.count)
          for (rank, place) in order.enumerated() { ranks[place] = rank }
          return ranks
        }
        let (a, b) = (ranks(definitions), ranks(taught))
        let squares = zip(a, b).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        let count = Double(a.count)
        let wanted = 1 - 6 * squares / (count * (count * count - 1))
        #expect(abs(correlations[index] - wanted) < 0.02)
      }
    }
  }

  @Test(arguments: [
    ("training=5", "training 5"), ("test=0", "test 0"), ("test=100000", "at most 10,000"),
    ("length=1", "length 1"), ("seeds=1", "seeds 1"), ("heads=3", "multiple of heads"),
    ("staticWidth=0", "0: there must be"), ("batch=101", "at most training"),
    ("staticRate=-1", "staticRate"), ("temperature=0", "temperature 0.0"),
    ("ridge=0", "smoothing and ridge"), ("margin=1", "margin 1.0"),
    ("relationsWeight=-1", "relationsWeight"), ("students=[]", "name each once"),
    ("students=['static, taught']", "together with its control"),
    ("students=['static, taught', 'static, taught']", "name each once"),
    ("students=['magic']", "students"), ("staticSteps=0", "staticSteps"),
    ("encoder=1", "has no option 'encoder'"),
  ])
  func isRefused(_ setting: String, _ says: String) {
    let said = refusal { try Self.small(URL(fileURLWithPath: "/nowhere"), [setting]) }
    #expect(said?.contains(says) == true, "\(said ?? "accepted")")
    #expect(said?.contains("\n") == false && said?.contains("/nowhere") == false)
  }

  @Test(arguments: [
    ("length=13", "sees 12 tokens at most"), ("training=100000", "others for training"),
    ("peer=/nowhere", "make data-sentences"), ("teacher=/nowhere", "make data-sentences"),
    ("data=/nowhere", "make data-graphs"),
  ])
  func dataThatDoNotFitAreRefused(_ setting: String, _ says: String) throws {
    try withScratchFolder { scratch in
      try Self.write(to: scratch)
      let said = refusal {
        try run(Self.small(scratch, [setting]), at: scratch.appendingPathComponent("run"))
      }
      #expect(said?.contains(says) == true, "\(said ?? "accepted")")
    }
  }

  @Test func anotherPeerIsRefused() throws {
    try withScratchFolder { scratch in
      try Self.write(to: scratch)
      try Safetensors.write(
        ["embedding.weight": .zeros([7, 4], .float32)],
        to: scratch.appendingPathComponent("wordllama/model.safetensors")
      )
      let said = refusal {
        try run(Self.small(scratch), at: scratch.appendingPathComponent("run"))
      }
      #expect(said?.contains("a row for each of 40 tokens") == true, "\(said ?? "accepted")")
    }
  }

  @Test func theRecipeIsRead() throws {
    let recipe = try JobRecipe(yaml: DocumentationTests.text("Recipes/sentences.yaml"))
    let experiment = try #require(recipe.job as? SentenceExperiment)
    #expect(experiment.seeds >= 3 && experiment.students == SentenceArm.allCases)
  }
}
