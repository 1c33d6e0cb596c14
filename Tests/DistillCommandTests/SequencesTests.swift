import Distill
import Foundation
import Testing

@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// The experiment on the glosses of a made-up WordNet.
@Suite struct SequencesTests: EvidenceRunning {
  typealias Evidence = SequencesCertificate

  static let settings = [
    "documents=150", "studentDocuments=100", "validation=40", "test=60", "window=16", "batch=8",
    "merges=10", "teacher={width: 8, hidden: 40}", "student={width: 4, hidden: 8}", "seeds=2",
    "teacherSteps=200", "steps=40", "learningRates=[0.03]", "teacherRate=0.01",
  ]

  private static let arms = """
    students=[{loss: crossEntropy}, {loss: kullbackLeibler}, {loss: jensenShannon, own: 0.5},
    {loss: 'topKullbackLeibler(count: 4)'}, {loss: sequenceReverseKullbackLeibler, own: 1},
    {loss: crossEntropy, tokens: pairs},
    {loss: crossEntropy + 1.5 * sortedProbabilities, tokens: pairs},
    {loss: crossEntropy + firstByteKullbackLeibler, tokens: pairs}]
    """

  static func small(_ more: [String] = [], data: String = GraphExperimentTests.data) throws
    -> JobRecipe
  {
    try JobRecipe(
      yaml: "experiment: sequences\nseed: 3\ndata: \(data)\n",
      settings: settings + more
    )
  }

  @Test func theRunIsItsOwnEvidence() throws {
    try withScratchFolder { scratch in
      let recipe = try Self.small([Self.arms, "learningRates=[0.001, 0.03]"])
      let folder = try run(recipe, at: scratch.appendingPathComponent("run"))
      let found = try certificate(folder)
      let own = found.students
      #expect(
        own.map(\.name).prefix(3) == ["crossEntropy", "kullbackLeibler", "jensenShannon, own 0.5"]
      )
      #expect(own.map { $0.gain == nil } == [true, false, false, false, false, true, false, false])
      // Those of other tokens have no next byte to compare.
      #expect(own.map { $0.divergence == nil } == own.map { $0.name.hasSuffix("pairs") })
      #expect(own[5].tokens == own[0].tokens + 10 && own[0].tokens > 10)
      // Better than nothing, which is all bytes alike, and the teacher better than who has none.
      let uniform = log2(Double(own[0].tokens))
      #expect(found.teacher.bitsPerByte.mean < own[0].bitsPerByte.mean)
      #expect(own.allSatisfy { $0.bitsPerByte.mean < uniform && $0.bitsPerByte.mean > 0 })
      for student in own.prefix(5).dropFirst() {
        #expect(student.divergence!.mean > 0)
        #expect((0...1).contains(student.agreement!.mean))
        let gain = own[0].bitsPerByte.mean - student.bitsPerByte.mean
        #expect(abs(student.gain!.mean - gain) < 1e-9)
      }
      // The word is about the best on bytes on the validation glosses.
      let taught = own[1...4].min { $0.validationBitsPerByte < $1.validationBitsPerByte }!
      #expect(found.student == taught.name && found.seeds == 2 && found.testDocuments > 50)
      // The learning rate with which the control needed fewer bits.
      #expect(found.choice.tried.count == 2)
      let best = found.choice.tried.min { $0.bitsPerByte < $1.bitsPerByte }!
      #expect(found.choice.learningRate == best.learningRate)
      #expect(found.provenance?.networks.count == 17 && found.provenance?.seeds == [3, 4, 5])
      #expect(found.provenance?.networks.count { $0.role == "control" } == 4)

      let page = try String(contentsOf: folder.file(RunFolder.report), encoding: .utf8)
      for word in ["teacher", "What the models write", found.word.rawValue] {
        #expect(page.contains(word))
      }
      let table = try String(contentsOf: folder.file(RunFolder.table), encoding: .utf8)
      #expect(table.contains("bits/byte") && table.contains(found.lesson))

      try requireEvidence(folder, ofMoreThan: 100)
    }
  }

  /// In the middle of a student that writes half of what it learns from.
  @Test func aStoppedRunGoesOnToTheSameNetworks() throws {
    try withScratchFolder { scratch in
      let recipe = try Self.small([
        "teacherSteps=20", "steps=16",
        "students=[{loss: crossEntropy}, {loss: reverseKullbackLeibler, own: 0.5}]",
      ])
      try requireResumed(
        recipe,
        in: scratch,
        stoppedIn: "own 0.5",
        after: 7,
        files: 5
      ) { #expect($0.contains("reverseKullbackLeibler-own-0.5-1.checkpoint.safetensors")) }
    }
  }

  @Test func documentsServeForOneThing() throws {
    let recipe = try Self.small([Self.arms])
    let experiment = try #require(recipe.job as? SequencesExperiment)
    let world = try SequenceWorld(experiment, seed: 3, on: .cpu)
    let parts = [world.documents, world.validation, world.test]
    #expect(parts.map(\.count).reduce(0, +) == Set(parts.joined()).count)
    #expect(world.documents.count == 150 && world.validation.count <= 40)
    #expect(world.documents.allSatisfy { $0.count <= 200 })
    let others = try SequenceWorld(experiment, seed: 4, on: .cpu)
    #expect(others.test != world.test)
    // Tokens of pairs are those of single bytes and more.
    let (bytes, pairs) = (world.vocabulary(.bytes), world.vocabulary(.pairs))
    #expect(Array(pairs.tokens.prefix(bytes.count)) == bytes.tokens)
  }

  @Test(arguments: [
    ("longest=0", "longest"), ("studentDocuments=151", "some of the teacher's 150"),
    ("window=0", "window"), ("prompt=17", "a window has 16 tokens"), ("seeds=1", "seeds 1"),
    ("test=1", "test"), ("learningRates=[]", "at least one"), ("learningRates=[-1]", "-1.0"),
    ("teacher={hidden: 0}", "hidden"), ("merges=0", "merges"), ("margin=-1", "margin"),
    ("students=[]", "name a control"), ("students=[{loss: kullbackLeibler}]", "the control"),
    ("students=[{loss: crossEntropy}]", "has a teacher"),
    ("students=[{loss: crossEntropy}, {loss: crossEntropy}]", "each once"),
    ("students=[{loss: crossEntropy}, {loss: kulback}]", "kulback"),
    ("students=[{loss: crossEntropy, weight: 2}]", "no option 'weight'"),
    ("students=[{own: 1}]", "needs a loss"),
    ("students=[{loss: crossEntropy, own: 0.5}, {loss: kullbackLeibler}]", "by heart"),
    ("students=[{loss: crossEntropy}, {loss: kullbackLeibler, own: 2}]", "own"),
    ("students=[{loss: crossEntropy}, {loss: sequenceReverseKullbackLeibler}]", "set own to 1"),
    ("students=[{loss: crossEntropy}, {loss: derivativeSquaredError}]", "the next token"),
    ("students=[{loss: crossEntropy}, {loss: 'hints(of: gru)'}]", "the next token"),
    ("students=[{loss: crossEntropy}, {loss: firstByteKullbackLeibler}]", "use kullbackLeibler"),
    (
      "students=[{loss: crossEntropy, tokens: pairs}, {loss: kullbackLeibler, tokens: pairs}]",
      "other tokens"
    ),
    ("students=[{loss: crossEntropy, tokens: words}]", "students 1 tokens"),
    (
      "students=[{loss: crossEntropy}, {loss: 'topKullbackLeibler(count: 4) + kullbackLeibler'}]",
      "nothing else"
    ),
    ("students=[{loss: crossEntropy}, {loss: 'topKullbackLeibler(count: 1000)'}]", "count 1000"),
    ("speed=1", "has no option 'speed'"),
  ])
  func isRefused(_ setting: String, _ says: String) {
    let said = refusal { try Self.small([setting], data: "/nowhere") }
    #expect(said?.contains(says) == true, "\(setting): \(said ?? "accepted")")
    #expect(said?.contains("\n") == false && said?.contains("/nowhere") == false)
  }

  @Test func tooFewGlossesAreRefused() throws {
    try withScratchFolder { scratch in
      for (settings, says) in [
        (["documents=200"], "different glosses"), (["longest=1"], "different glosses"),
        (["window=900", "studentDocuments=10"], "does not fill a window"),
        (
          ["students=[{loss: crossEntropy}, {loss: 'topKullbackLeibler(count: 200)'}]"],
          "fewer must be kept"
        ),
      ] {
        let recipe = try Self.small(settings + ["teacherSteps=2", "steps=2"])
        let place = scratch.appendingPathComponent(settings[0])
        let said = refusal { try run(recipe, at: place) }
        #expect(said?.contains(says) == true, "\(settings): \(said ?? "accepted")")
      }
      let said = refusal { try Self.small(data: scratch.path).job.dataFiles() }
      #expect(said?.contains("make data-graphs") == true)
    }
  }

  @Test func waysToMakeAStudentAreRead() throws {
    let text = #"[{"loss":"kullbackLeibler"},{"loss":"a, b","own":0.5,"tokens":"pairs"}]"#
    let read = try JSONDecoder().decode([SequenceArm].self, from: Data(text.utf8))
    #expect(
      read == [SequenceArm("kullbackLeibler"), SequenceArm("a, b", own: 0.5, tokens: .pairs)]
    )
    #expect(read[1].name == "a, b, own 0.5, pairs" && read[1].fileName == "a-b-own-0.5-pairs")
    let again = try JSONDecoder().decode([SequenceArm].self, from: JSONEncoder().encode(read))
    #expect(again == read)
  }

  /// With the 92 bytes that glosses of WordNet have.
  @Test func theStudentsOfTheRecipeAreATenth() throws {
    let recipe = try JobRecipe(yaml: DocumentationTests.text("Recipes/sequences.yaml"))
    let experiment = try #require(recipe.job as? SequencesExperiment)
    func size(_ shape: SequenceShape, _ tokens: Int) -> Int {
      SequenceModel(
        tokens: tokens,
        width: shape.width,
        hidden: shape.hidden,
        length: 1,
        using: RandomGenerator(seed: 1)
      ).parameterCount
    }
    let teacher = size(experiment.teacher, 92)
    #expect(size(experiment.student, 92) * 10 <= teacher)
    #expect(size(experiment.student, 92 + experiment.merges) * 10 <= teacher)
    #expect(experiment.seeds >= 3)
  }
}
