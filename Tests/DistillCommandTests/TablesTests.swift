import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Boosted trees in small networks, with more rows than there are.
@Suite struct TablesTests {
  /// A folder as `make data-tables` makes it, of one table whose classes its trees know well.
  static func write(_ folder: URL, _ name: String, teacher: String) throws {
    let place = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    let fixture = FuzzTarget.fixture("ModelFilesTests", teacher)
    let file = place.appendingPathComponent("teacher.\(fixture.pathExtension)")
    try FileManager.default.copyItem(at: fixture, to: file)
    let model = try TreeModel(contentsOf: file)
    for (part, count, seed) in [("train", 240, 1 as UInt64), ("test", 80, 2)] {
      let numbers = Tensor.normal([count, 8], using: RandomGenerator(seed: seed)) * 2 + 1
      let said = try Observation(model.values(of: numbers), meaning: model.meaning).probabilities()
      let classes = said.indexOfMaximum(along: 1).scalars(Int.self)
      let lines = zip(numbers.unbound(), classes).map { row, label in
        row.scalars(Float.self).map { "\($0)" }.joined(separator: ",") + ",k\(label)"
      }
      let head = (0..<8).map { "c\($0)" }.joined(separator: ",") + ",class\n"
      try Data((head + lines.joined(separator: "\n") + "\n").utf8)
        .write(to: place.appendingPathComponent("\(part).csv"))
    }
  }

  private static func facts(_ names: [String], accuracy: Double, _ folder: URL) throws {
    let all = names.map {
      "\"\($0)\":{\"library\":\"x\",\"testAccuracy\":\(accuracy),\"libraryMicrosecondsPerRow\":9}"
    }
    try Data("{\"tables\":{\(all.joined(separator: ","))}}".utf8)
      .write(to: folder.appendingPathComponent("tables.json"))
  }

  static func small(_ data: URL) -> TablesExperiment {
    var experiment = TablesExperiment()
    experiment.data = data.path
    experiment.tables = ["a", "b"]
    experiment.seeds = 2
    experiment.hidden = [[12]]
    experiment.steps = 40
    experiment.batch = 20
    experiment.extra = 2
    experiment.densityHidden = 8
    experiment.densitySteps = 30
    return experiment
  }

  private func run(_ experiment: TablesExperiment, _ folder: URL, _ name: String) throws
    -> RunFolder
  {
    let place = try RunFolder.create(
      for: "run",
      at: folder.appendingPathComponent(name).path,
      recipe: ""
    )
    let silent = Output(isTerminal: false, columns: { 80 }, write: { _ in })
    let work = Console(.quiet, results: silent, remarks: silent).work(Interruption())
    try experiment.perform(Run(folder: place, seed: 3, device: .cpu, work: work))
    return place
  }

  /// As a run leaves it that was killed when its density was there.
  @Test func theCheckpointOfAFinishedDensityGoes() throws {
    try withScratchFolder { folder in
      try Self.write(folder, "a", teacher: "tree-lgb-whole.txt")
      var experiment = Self.small(folder)
      (experiment.tables, experiment.seeds) = (["a"], 1)
      experiment.students = [.labels, .sampled]
      let place = try run(experiment, folder, "run-1")
      let density = place.file("a-nade.safetensors")
      let checkpoint = place.file("a-nade.checkpoint.safetensors")
      try FileManager.default.copyItem(at: density, to: checkpoint)
      place.remove("a-sampled-1.safetensors")
      try experiment.perform(
        Run(folder: place, seed: 3, device: .cpu, work: .silent)
      )
      #expect(!place.contains("a-nade.checkpoint.safetensors"))
      #expect(place.contains("a-sampled-1.safetensors"))
    }
  }

  @Test func everyTableHasItsStudents() throws {
    try withScratchFolder { folder in
      try Self.write(folder, "a", teacher: "tree-lgb-whole.txt")
      try Self.write(folder, "b", teacher: "tree-xgb-multi.ubj")
      try Self.facts(["a", "b"], accuracy: 1, folder)
      let experiment = Self.small(folder)
      let files = try experiment.dataFiles()
      #expect(files.count == 7)
      let first = try run(experiment, folder, "run-1")
      let text = try String(contentsOf: first.file("results.jsonl"), encoding: .utf8)
      let scores = try text.split(separator: "\n").map {
        try JSONDecoder().decode(TableScores.self, from: Data($0.utf8))
      }
      #expect(scores.map(\.name) == ["a", "b"] && scores.map(\.classes) == [2, 4])
      for score in scores {
        #expect(score.teacherAccuracy.mean == 1 && score.times.library == 9)
        #expect(score.students.map(\.name) == TablesExperiment.Kind.allCases.map(\.rawValue))
        #expect(score.students[0].gain == nil && score.students[1].gainOfRows == nil)
        for student in score.students {
          #expect(abs(student.accuracyGap.mean - (student.accuracy.mean - 1)) < 1e-12)
        }
        let soft = score.students[1].accuracy.mean
        let gain = try #require(score.students[3].gainOfRows)
        #expect(abs(gain.mean - (score.students[3].accuracy.mean - soft)) < 1e-12)
      }
      #expect(first.contains(RunFolder.report) && first.contains("a-sampled-2.safetensors"))
      // Again, the same numbers; only times are others.
      let second = try run(experiment, folder, "run-2")
      for file in ["b-munged-1.safetensors", "a-nade.safetensors", "a-sampled-1.safetensors"] {
        let (one, other) = (
          try Data(contentsOf: first.file(file)), try Data(contentsOf: second.file(file))
        )
        #expect(one == other, "\(file)")
      }
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    try withScratchFolder { folder in
      try Self.write(folder, "a", teacher: "tree-lgb-whole.txt")
      try Self.write(folder, "b", teacher: "tree-xgb-multi.ubj")
      try Self.facts(["a", "b"], accuracy: 0.5, folder)
      let refusals: [(String, (inout TablesExperiment) -> Void)] = [
        ("and its library said 0.5", { _ in }),
        ("make data-tables", { $0.tables = ["c"] }),
        ("each once", { $0.tables = ["a", "a"] }),
        ("each once", { $0.tables = ["../a"] }),
        ("seeds 0", { $0.seeds = 0 }), ("3 lists of widths", { $0.hidden = [[1], [2], [3]] }),
        ("extra -1.0", { $0.extra = -1 }),
      ]
      for (index, (words, change)) in refusals.enumerated() {
        var experiment = Self.small(folder)
        change(&experiment)
        let sentence = refusal {
          try experiment.check()
          _ = try experiment.dataFiles()
          _ = try run(experiment, folder, "run-\(index)")
        }
        #expect(sentence?.contains(words) == true, "\(sentence ?? "no refusal")")
      }
    }
  }

  /// Digits and back: a number of the same piece, and the very same where a column has few.
  @Test func codesOfRowsAreReadBack() {
    let generator = RandomGenerator(seed: 4)
    let few = Tensor.randomIntegers(0..<7, [300, 1], using: generator).cast(to: .float32)
    let many = Tensor.normal([300, 2], using: generator)
    let constant = Tensor.zeros([300, 1]) + 5
    let rows = Tensor.concatenated([few, many, constant], along: 1)
    let labels = Tensor.randomIntegers(0..<3, [300], using: generator)
    let code = RowCode(rows, classes: 3, digits: 4)
    #expect(code.width == 2 + 3 + 4 + 4 + 1)
    let states = code.states(rows, labels)
    let back = code.rows(states, seed: 1)
    let known = Set(many.scalars(Float.self))
    let (own, other) = (rows.scalars(Float.self), back.scalars(Float.self))
    for row in 0..<300 {
      #expect(other[4 * row] == own[4 * row] && other[4 * row + 3] == 5)
      #expect(known.contains(other[4 * row + 1]) && known.contains(other[4 * row + 2]))
    }
    // Whatever comes out is in the pieces that went in.
    let again = code.states(back, labels)
    #expect((again - states).magnitude.maximum().doubleValue == 0)
    // Codes that no row has are rows of known numbers, too.
    let strange = code.rows(Tensor.ones([5, code.width]), seed: 2).scalars(Float.self)
    #expect(strange.allSatisfy { $0.isFinite })
  }

  /// Against the algorithm as it is printed, on rows so far apart that neighbours are plain.
  @Test func mungedRowsComeFromNeighbours() {
    let rows = Tensor([[0, 10], [0.1, 10.1], [50, 60], [50.1, 60.2]] as [[Float]])
    let munging = Munging(probability: 0.5, sharpness: 1e6, seed: 7)
    let made = munging.rows(400, from: rows, scaled: rows)
    #expect(made.shape == [400, 2])
    var changed = 0
    for (index, row) in made.unbound().enumerated() {
      let (x, y) = (row.scalars(Float.self)[0], row.scalars(Float.self)[1])
      let near = index % 4 < 2
      #expect(near ? x < 1 && y > 9 && y < 11 : x > 49 && y > 59)
      changed += x != rows.scalars(Float.self)[2 * (index % 4)] ? 1 : 0
    }
    #expect((100...350).contains(changed))
    // Seeds decide.
    let again = munging.rows(9, from: rows, scaled: rows)
    #expect((again - made[0..<9]).magnitude.maximum().doubleValue == 0)
  }

  @Test func theTutorialRunsAsWritten() throws {
    let commands = try TutorialTests.commands(of: "Documentation/Tables.md")
    #expect(commands.count == 7)
    try withScratchFolder { folder in
      let data = folder.appendingPathComponent(".data/tables")
      try Self.write(data, "letters", teacher: "tree-xgb-multi.ubj")
      try Self.facts(["letters"], accuracy: 1, data)
      try FileManager.default.copyItem(
        at: DocumentationTests.checkout.appendingPathComponent("Recipes"),
        to: folder.appendingPathComponent("Recipes")
      )
      let expected = ["16 trees", "agreement", "student − control", "best student on"]
      // The fifth is the fourth with more of everything.
      for (command, words) in zip(commands.prefix(4), expected) {
        let output = try TutorialTests.output(of: command, in: folder)
        #expect(output.contains(words), "\(command)\n\(output)")
      }
      #expect(commands[4].hasPrefix("distill run Recipes/tables.yaml --out"))
      for command in commands[5...] {
        #expect(try TutorialTests.output(of: command, in: folder).isEmpty)
      }
      let predictions = folder.appendingPathComponent("runs/letters.csv")
      let rows = try String(contentsOf: predictions, encoding: .utf8)
      #expect(rows.split(whereSeparator: \.isNewline).count == 81)
    }
  }

  @Test func theRecipeIsOne() throws {
    let recipe = try JobRecipe(yaml: DocumentationTests.text("Recipes/tables.yaml"))
    let experiment = try #require(recipe.job as? TablesExperiment)
    #expect(experiment.students == TablesExperiment.Kind.allCases && experiment.seeds == 3)
  }
}
