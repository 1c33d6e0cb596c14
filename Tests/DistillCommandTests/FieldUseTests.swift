import Distill
import Foundation
import Testing

@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Students of the fields of use predict from what people have, and say what their networks say; what is
/// measured is counted here by its definition.
@Suite struct FieldUseTests: FieldRunning {
  /// What the command writes.
  func predicted(_ arguments: [String], in scratch: URL) throws -> (
    columns: [String], rows: [[Double]], labels: [String]?
  ) {
    let out = scratch.appendingPathComponent("\(UUID().uuidString).csv")
    try PredictCommand.parse(arguments + ["--out", out.path, "--quiet"]).run()
    let columns = try CSVReader(out).columns
    let ignored = columns.contains("file") ? [CSV.Column.named("file")] : []
    let table = try CSV.read(
      from: out,
      labels: columns.contains("label") ? .named("label") : nil,
      // A token may be a blank.
      options: CSV.Options(header: .present, ignoring: ignored, nonFinite: .kept)
    )
    return (table.columns, table.values.rowsOfScalars, table.labels)
  }

  struct Content: Decodable {
    struct Measured: Decodable {
      struct Value: Decodable {
        let value: Double
        let standardError: Double?
      }
      let name: String
      let student: Value
    }
    let examples: Int
    let measures: [Measured]
  }

  /// The measures that the command writes, by name.
  func evaluated(_ arguments: [String], in scratch: URL) throws
    -> [String: Content.Measured.Value]
  {
    let out = scratch.appendingPathComponent("\(UUID().uuidString).json")
    var command = try Program.parsed(["evaluate"] + arguments + ["--out", out.path, "--quiet"])
    try command.run()
    let content = try JSONDecoder().decode(Content.self, from: Data(contentsOf: out))
    return Dictionary(uniqueKeysWithValues: content.measures.map { ($0.name, $0.student) })
  }

  func require(_ rows: [[Double]], _ expected: Tensor, within bound: Double = 1e-5) {
    let values = expected.cast(to: .float64).rowsOfScalars
    #expect(rows.count == values.count)
    for (row, value) in zip(rows, values) {
      #expect(row.count == value.count)
      #expect(zip(row, value).allSatisfy { abs($0 - $1) < bound })
    }
  }

  /// The share of rows whose largest number is where it should be, and its standard error.
  func requireAccuracy(
    _ found: [String: Content.Measured.Value],
    _ rows: [[Double]],
    _ right: [Int]
  ) throws {
    let hits = zip(rows, right).map { row, label in
      row.indices.max { row[$0] < row[$1] } == label ? 1.0 : 0
    }
    let share = hits.reduce(0, +) / Double(hits.count)
    let accuracy = try #require(found["accuracy"])
    #expect(abs(accuracy.value - share) < 1e-12)
    let error = (share * (1 - share) / Double(hits.count - 1)).squareRoot()
    #expect(abs(try #require(accuracy.standardError) - error) < 1e-12)
  }

  func write(_ text: String, _ name: String, in scratch: URL) throws -> String {
    let file = scratch.appendingPathComponent(name)
    try Data(text.utf8).write(to: file)
    return file.path
  }

  @Test func tablesTakeTables() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try TablesTests.write(data, "a", teacher: "tree-lgb-whole.txt")
      try TablesTests.write(data, "b", teacher: "tree-xgb-multi.ubj")
      var experiment = TablesTests.small(data)
      (experiment.seeds, experiment.steps, experiment.densitySteps) = (1, 6, 2)
      experiment.students = [.labels, .soft]
      let folder = try run(JobRecipe(experiment, seed: 3), in: scratch)
      for (name, table, outputs) in [("a-soft-1", "a", 1), ("b-labels-1", "b", 4)] {
        func part(_ part: String) -> String {
          data.appendingPathComponent("\(table)/\(part).csv").path
        }
        let train = try CSV.read(from: URL(fileURLWithPath: part("train")), labels: "class")
        let test = try CSV.read(from: URL(fileURLWithPath: part("test")), labels: "class")
        let mean = train.values.mean(along: 0, keepingAxes: true)
        let deviation = (train.values - mean).squared.mean(along: 0, keepingAxes: true).squareRoot
        let network = try weights(
          MLP([8, 12, outputs], using: RandomGenerator(seed: 1)),
          folder,
          name
        )
        let logits = network(((test.values - mean) / deviation).cast(to: .float32))
        let expected =
          outputs == 1
          ? Tensor.concatenated([(-logits).sigmoid, logits.sigmoid], along: 1) : logits.softmax()
        let student = folder.file("\(name).safetensors").path
        // Columns in another order, and one more.
        let turned = scratch.appendingPathComponent("turned.csv")
        let columns = Array(test.columns.reversed())
        try CSV.write(
          .stacked(
            columns.map { test.values.selecting(test.columns.firstIndex(of: $0)!, along: 1) },
            along: 1
          ),
          columns: columns,
          labels: test.labels,
          to: turned
        )
        let classes = train.classes
        for given in [[], ["--data", part("test")], ["--data", turned.path]] {
          let said = try predicted([student, "--classes"] + given, in: scratch)
          #expect(said.columns == classes.map { "P(\($0))" })
          require(said.rows, expected)
          #expect(said.labels?.allSatisfy(classes.contains) == true)
        }
        let right = test.labels!.map { classes.firstIndex(of: $0)! }
        for given in [
          [], ["--data", part("test")], ["--data", turned.path, "--outcome", "label"],
        ] {
          try requireAccuracy(
            evaluated([student] + given, in: scratch),
            expected.rowsOfScalars,
            right
          )
        }
        let short = try write("c0,c1\n1,2\n", "short.csv", in: scratch)
        #expect(
          refusal { try predicted([student, "--data", short], in: scratch) }?
            .contains("has no column c2") == true
        )
      }
      // The folder stands for a student, which is named.
      let transcript = Transcript()
      let console = Console(.normal, results: transcript.output(), remarks: transcript.output())
      let student = try UsableStudent(folder.url.path, among: experiments)
      _ = try student.reading(nil, console) {
        try PredictionTable(student, $0, PredictionRequest())
      }
      #expect(transcript.text.hasPrefix("the student is a-soft-1, soft; name another's file"))
    }
  }

  @Test func studentsOfGraphsTakeTexts() throws {
    try withScratchFolder { scratch in
      var experiment = GraphExperimentTests.small()
      (experiment.seeds, experiment.steps, experiment.teacherSteps) = (1, 5, 5)
      (experiment.losses, experiment.temperatures) = ([.soft], [1])
      let folder = try run(JobRecipe(experiment, seed: 3), in: scratch)
      let world = try GraphWorld(experiment, seed: 3, on: .cpu)
      let network = try weights(
        MLP([48, 16, WordNet.topics.count], using: RandomGenerator(seed: 1)),
        folder,
        "mlp-soft-1"
      )
      let texts = ["a small red cat", "", "the river, near the hill"]
      let expected = network(world.words(texts)).softmax()
      let lines = try write(texts.joined(separator: "\r\n") + "\n", "texts.txt", in: scratch)
      let table = "id,text\n1,a small red cat\n2,\n3,\"the river, near the hill\"\n"
      let rows = scratch.appendingPathComponent("rows.npy")
      try NumPy.write(world.words(texts), to: rows)
      for data in [lines, try write(table, "texts.csv", in: scratch), rows.path] {
        require(try predicted([folder.url.path, "--data", data], in: scratch).rows, expected)
      }
      // What listens to neighbours says what it says of nodes of its graph.
      let listener = try weights(
        #require(world.student(isAlone: false, seed: 1) as? GraphNetwork),
        folder,
        "gcn-soft-1"
      )
      let file = folder.file("gcn-soft-1.safetensors").path
      let own = world.classifier(listener, whole: true)(world.heldOut.inputs).softmax()
      require(try predicted([file], in: scratch).rows, own)
      try requireAccuracy(
        evaluated([file], in: scratch),
        own.rowsOfScalars,
        world.heldOut.labels!.scalars(Int.self)
      )
      let said = refusal { try predicted([file, "--data", lines], in: scratch) }
      #expect(said?.contains("is no part of its graph: leave --data out") == true)
    }
  }

  @Test func captionsAreLinesOfText() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try LanguagesTests.write(to: data)
      let folder = try run(
        LanguagesTests.small(data, ["teacherSteps=1", "steps=3"]),
        in: scratch
      )
      let experiment = try #require(
        LanguagesTests.small(data).job as? LanguagesExperiment
      )
      let world = try LanguageWorld(experiment, seed: 3, on: .cpu)
      let name = LanguageTraining.file("yy", .ensemble, 1)
      let network = try weights(world.student(), folder, name)
      let student = folder.file("\(name).safetensors").path
      let texts = ["A Stone", "water falls", "\u{65e5}\u{672c}"]
      let codes = ByteTexts.encoded(texts.map { $0.lowercased() }, length: experiment.length)
      let lines = try write(texts.joined(separator: "\n"), "captions.txt", in: scratch)
      let said = try predicted([student, "--data", lines], in: scratch)
      #expect(said.columns == world.classes.map { "P(\($0))" })
      require(said.rows, network(codes).softmax())
      let table = try write(
        "text\tkind\nA Stone\tclass 0\nwater falls\tclass 2\n\u{65e5}\u{672c}\tclass 1\n",
        "captions.tsv",
        in: scratch
      )
      try requireAccuracy(
        evaluated([student, "--data", table], in: scratch),
        network(codes).softmax().rowsOfScalars,
        [0, 2, 1]
      )
      let own = world.examples("yy", world.test)
      try requireAccuracy(
        evaluated([student], in: scratch),
        network(own.inputs).softmax().rowsOfScalars,
        own.labels!.scalars(Int.self)
      )
      for (content, name, reason) in [
        ("", "none.txt", "holds no lines of text"),
        ("a,b\nc,d\n", "two.csv", "holds the texts is not clear: call it text"),
      ] {
        let file = try write(content, name, in: scratch)
        #expect(
          refusal { try predicted([student, "--data", file], in: scratch) }?.contains(reason)
            == true
        )
      }
      let broken = scratch.appendingPathComponent("broken.txt")
      try Data([0x61, 0x0A, 0xFF, 0xFE]).write(to: broken)
      #expect(
        refusal { try predicted([student, "--data", broken.path], in: scratch) }?
          .contains("line 2: the text is not UTF-8") == true
      )
      #expect(
        refusal { try evaluated([student, "--data", lines], in: scratch) }?
          .contains("to which nothing belongs") == true
      )
    }
  }

  @Test func languageModelsContinueLines() throws {
    try withScratchFolder { scratch in
      let folder = try run(
        SequencesTests.small(["teacherSteps=4", "steps=3"]),
        in: scratch
      )
      let recipe = try SequencesTests.small([])
      let experiment = try #require(recipe.job as? SequencesExperiment)
      let world = try SequenceWorld(experiment, seed: 3, on: .cpu)
      let student = try #require(
        OfferedStudents(folder.url.path, among: experiments)?.chosen.file
      )
      let model = try weights(world.network(experiment.student, .bytes, seed: 1), folder, student)
      let vocabulary = world.vocabulary(.bytes)
      let texts = world.test.prefix(5).map { String(decoding: $0, as: UTF8.self) } + ["a"]
      let file = try write(texts.joined(separator: "\n") + "\n", "texts.txt", in: scratch)
      var (bits, bytes) = ([Double](), [Double]())
      let rows = try texts.map { text in
        let tokens = try vocabulary.encoded(Array(text.utf8))
        let logs = model.onWindows(of: tokens.count + 1)(Tensor([0] + tokens))
          .cast(to: .float64).logSoftmax().rowsOfScalars
        bits.append(-zip(logs, tokens + [0]).reduce(0) { $0 + $1.0[$1.1] } / log(2))
        bytes.append(Double(text.utf8.count + 1))
        return logs.last!.map { exp($0) }
      }
      let said = try predicted([folder.url.path, "--data", file, "--classes"], in: scratch)
      #expect(said.columns.count == vocabulary.count && said.labels?.count == texts.count)
      require(said.rows, Tensor(rows.flatMap { $0 }, shape: [texts.count, vocabulary.count]))
      let found = try #require(
        try evaluated([folder.url.path, "--data", file], in: scratch)["bits per byte"]
      )
      let ratio = bits.reduce(0, +) / bytes.reduce(0, +)
      #expect(abs(found.value - ratio) < 1e-6)
      // Of a ratio of sums: √(Σ (bᵢ − r nᵢ)² / (n − 1) / n) over the mean number of bytes.
      let count = Double(texts.count)
      let rest = zip(bits, bytes).reduce(0) { $0 + pow($1.0 - ratio * $1.1, 2) }
      let error = (rest / (count - 1) / count).squareRoot() / (bytes.reduce(0, +) / count)
      #expect(abs(try #require(found.standardError) - error) < 1e-6)
      #expect(try evaluated([folder.url.path], in: scratch)["bits per byte"] != nil)
      for (text, reason) in [
        ("a\n\u{1F600}", "text 2 of"),
        (String(repeating: "a", count: 9_000), "break it into lines"),
      ] {
        let file = try write(text, "strange.txt", in: scratch)
        let said = refusal { try predicted([folder.url.path, "--data", file], in: scratch) }
        #expect(said?.contains(reason) == true)
      }
    }
  }

  @Test func sentencesBecomeEmbeddings() throws {
    try withScratchFolder { scratch in
      try SentenceTests.write(to: scratch)
      let folder = try run(
        SentenceTests.small(scratch, ["staticSteps=3", "transformerSteps=2"]),
        in: scratch
      )
      let experiment = try #require(SentenceTests.small(scratch).job as? SentenceExperiment)
      let world = try SentenceWorld(experiment, seed: 3, on: .cpu)
      let width = world.teacher.configuration.width
      let name = SentenceTraining.file(.staticTaught, 1)
      let network = try weights(
        StaticEncoder(
          world.tokenizer.idCount,
          width: 8,
          outputs: width,
          using: RandomGenerator(seed: 1)
        ),
        folder,
        name
      )
      let student = folder.file("\(name).safetensors").path
      let texts = ["the red cat sings", "a bird", "", "small old boat near the river and hill"]
      let partners = ["a red cat", "the old bird", "stone", "boat and river"]
      func embeddings(_ texts: [String]) -> Tensor {
        network(world.tokenizer.padded(texts, to: 10, withTemplate: false))
      }
      let lines = try write(texts.joined(separator: "\n") + "\n", "texts.txt", in: scratch)
      let said = try predicted([student, "--data", lines], in: scratch)
      #expect(said.columns == (1...width).map { "embedding \($0)" })
      require(said.rows, embeddings(texts))
      #expect(
        refusal { try predicted([student, "--data", lines, "--classes"], in: scratch) }?
          .contains("--classes has no effect") == true
      )
      // Partners by their cosines.
      func directions(_ texts: [String]) -> [[Double]] {
        embeddings(texts).cast(to: .float64).rowsOfScalars.map { row in
          let norm = max(row.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
          return row.map { $0 / norm }
        }
      }
      let (own, others) = (directions(texts), directions(partners))
      let ranks = own.indices.map { index in
        let scores = others.map { other in zip(own[index], other).reduce(0) { $0 + $1.0 * $1.1 } }
        return 1 / Double(scores.count { $0 >= scores[index] - 1e-9 })
      }
      let rows = zip(texts, partners).map { "\"\($0)\",\($1)" }.joined(separator: "\n")
      let table = try write("text,example\n\(rows)\n", "pairs.csv", in: scratch)
      let found = try evaluated([student, "--data", table], in: scratch)
      #expect(abs(try #require(found["reciprocal rank"]).value - ranks.reduce(0, +) / 4) < 1e-6)
      #expect(found["recall@10"]?.value == 1 && found["rank correlation"] == nil)
      // Without partners the teacher is asked; its own vectors in a file are the same.
      let alone = try evaluated([student, "--data", lines], in: scratch)
      let vectors = scratch.appendingPathComponent("vectors.npy")
      try NumPy.write(world.teacherModel.encoders[0](texts), to: vectors)
      let given = try evaluated(
        [student, "--data", lines, "--teacher-values", vectors.path],
        in: scratch
      )
      for measure in ["cosine with the teacher", "rank correlation"] {
        #expect(abs(try #require(alone[measure]).value - #require(given[measure]).value) < 1e-6)
      }
      #expect(try evaluated([student], in: scratch)["reciprocal rank"] != nil)
      let few = try write("a cat\n", "few.txt", in: scratch)
      #expect(
        refusal { try evaluated([student, "--data", few], in: scratch) }?
          .contains("give 3 to 5,000") == true
      )
    }
  }
}
