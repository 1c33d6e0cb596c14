import Distill
import Foundation
import ModelFiles
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Trees of XGBoost, LightGBM and scikit-learn as teachers of `distill compress`.
@Suite struct TreeTeacherTests {
  private static func fixture(_ name: String) -> URL {
    FuzzTarget.fixture("ModelFilesTests", name)
  }

  /// A table of eight columns whose class is what trees say.
  private func table(_ teacher: URL, _ folder: URL, rows: Int = 400) throws -> URL {
    let model = try TreeModel(contentsOf: teacher)
    let numbers = Tensor.normal([rows, 8], using: RandomGenerator(seed: 5)) * 3 + 2
    let both = try Observation(model.values(of: numbers), meaning: model.meaning).probabilities()
    let classes = both.indexOfMaximum(along: 1).scalars(Int.self)
    let lines = zip(numbers.unbound(), classes).map { row, label in
      row.scalars(Float.self).map { "\($0)" }.joined(separator: ",") + ",\(label)"
    }
    let head = (0..<8).map { "c\($0)" }.joined(separator: ",") + ",kind\n"
    let url = folder.appendingPathComponent("table.csv")
    try Data((head + lines.joined(separator: "\n") + "\n").utf8).write(to: url)
    return url
  }

  private func options(_ teacher: URL, _ table: URL, _ folder: URL) -> CompressOptions {
    var options = CompressOptions()
    options.teacher = [teacher.path]
    options.data = DataSource(table.path, labels: "kind")
    options.student = "mlp"
    options.budget = Budget(60, .steps)
    options.out = folder.appendingPathComponent("run-\(teacher.lastPathComponent)").path
    return options
  }

  /// The classes of the table are the trees' own, so that they must reproduce them all, although the
  /// student's inputs are scaled.
  @Test(
    arguments: [
      "tree-xgb-multi.json", "tree-xgb-binary.ubj", "tree-lgb-whole.txt", "tree-forest.onnx",
      "tree-boosting.onnx",
    ]
  )
  func teachAndAreCertified(name: String) throws {
    try withScratchFolder { folder in
      let teacher = Self.fixture(name)
      let table = try table(teacher, folder)
      var options = options(teacher, table, folder)
      options.teacherAccuracy = "1.0"
      options.trainsControl = true
      if name.hasSuffix("txt") { options.certifiedSeeds = 2 }
      let world = try CompressWorld(in: folder)
      let (run, said) = try world.run(options)
      #expect(said.text.contains("the teacher's accuracy is 1.0000"), "\(said.text)")
      #expect(said.text.contains("trees have no derivatives"))
      let plan = try CompressionPlan.recorded(in: run)
      #expect(plan.data.scaling.mean.count == 8)
      #expect(plan.loss == "softCrossEntropy")
      let result = try #require(said.lines.first { $0.contains("\"event\":\"result\"") })
      #expect(result.contains("\"accuracy\""))
      #expect(run.contains("certificate.json") == name.hasSuffix("txt"))
    }
  }

  @Test func derivativesAndLayersAreRefusedInWords() throws {
    try withScratchFolder { folder in
      let teacher = Self.fixture("tree-lgb-whole.txt")
      let table = try table(teacher, folder)
      let world = try CompressWorld(in: folder)
      for loss in ["softCrossEntropy + 0.1 * derivativeSquaredError", "hints(of: 1 -> 2)"] {
        var options = options(teacher, table, folder)
        options.loss = loss
        let sentence = refusal { try world.run(options) }
        #expect(
          sentence?.contains("same everywhere between thresholds") == true,
          "\(sentence ?? "")"
        )
        #expect(!FileManager.default.fileExists(atPath: options.out!))
      }
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    try withScratchFolder { folder in
      let teacher = Self.fixture("tree-lgb-whole.txt")
      let table = try table(teacher, folder)
      let world = try CompressWorld(in: folder)
      let other = folder.appendingPathComponent("notes.json")
      try Data("{\"a\":1}".utf8).write(to: other)
      let refusals: [(String, (inout CompressOptions) -> Void)] = [
        ("ask about 8 numbers and an input of the data has 7", { $0.data.ignored = ["c3"] }),
        ("predicts real numbers", { $0.teacher = [Self.fixture("tree-lgb-reals.txt").path] }),
        ("predicts real numbers", { $0.teacher = [Self.fixture("tree-forest-reals.onnx").path] }),
        ("holds no model of XGBoost", { $0.teacher = [other.path] }),
        ("leave out --teacher-model", { $0.teacherModel = "mlp:8-3-2" }),
        ("make no ensemble", { $0.teacher.append(Self.fixture("tree-xgb-multi.json").path) }),
      ]
      for (words, change) in refusals {
        var options = options(teacher, table, folder)
        change(&options)
        let sentence = refusal { try world.run(options) }
        #expect(sentence?.contains(words) == true, "\(sentence ?? "no refusal")")
        #expect(sentence?.contains("\n") == false)
        #expect(!FileManager.default.fileExists(atPath: options.out!))
      }
    }
  }

  /// In a folder only files that begin as trees do are teachers.
  @Test func foldersOfTreesAreEnsembles() throws {
    try withScratchFolder { folder in
      let teachers = folder.appendingPathComponent("trees")
      try FileManager.default.createDirectory(at: teachers, withIntermediateDirectories: true)
      for name in ["tree-lgb-whole.txt", "tree-xgb-binary.json", "tree-xgb-binary.ubj"] {
        try FileManager.default.copyItem(
          at: Self.fixture(name),
          to: teachers.appendingPathComponent(name)
        )
      }
      try Data("Trained in March.\n".utf8).write(to: teachers.appendingPathComponent("notes.txt"))
      try Data("{}".utf8).write(to: teachers.appendingPathComponent("settings.json"))
      let files = try TeacherFiles([teachers.path])
      #expect(files.paths.count == 3)
      let table = try table(Self.fixture("tree-lgb-whole.txt"), folder)
      let (_, said) = try CompressWorld(in: folder).run(options(teachers, table, folder))
      #expect(said.text.contains("an ensemble of 3"), "\(said.text)")
    }
  }

  /// Columns in another order than the trees were trained on are put in order.
  @Test func columnsAreFoundByTheirNames() throws {
    try withScratchFolder { folder in
      let text = try String(contentsOf: Self.fixture("tree-lgb-whole.txt"), encoding: .utf8)
      let names = (0..<8).map { "c\($0)" }
      let own = names.reversed().joined(separator: " ")
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("feature_names") })
      let teacher = folder.appendingPathComponent("named.txt")
      try Data(text.replacing(line, with: "feature_names=\(own)").utf8).write(to: teacher)
      let table = try table(Self.fixture("tree-lgb-whole.txt"), folder)
      let world = try CompressWorld(in: folder)
      var options = options(teacher, table, folder)
      let (run, said) = try world.run(options)
      #expect(said.text.contains("columns in the order that the teacher was trained on"))
      let plan = try CompressionPlan.recorded(in: run)
      #expect(plan.data.source.inputs == Array(names.reversed()))
      options.data.inputs = names
      options.out! += "-b"
      let sentence = refusal { try world.run(options) }
      #expect(
        sentence?.contains("are not the columns, in their order") == true,
        "\(sentence ?? "")"
      )
    }
  }

  @Test(
    arguments: [
      (
        "tree-xgb-multi.json",
        ["trees of XGBoost, multi:softprob", "16 trees, at most", "4 classes, given as logits"]
      ),
      ("tree-xgb-binary.ubj", ["trees of XGBoost, binary:logistic", "2 classes"]),
      ("tree-lgb-whole.txt", ["trees of LightGBM, binary", "6 trees", "8 features"]),
      ("tree-lgb-reals.txt", ["given as reals"]),
      ("tree-forest-binary.onnx", ["ONNX model", "6 trees", "classes: no\nyes", "2 classes"]),
    ]
  )
  func inspectionShowsThem(name: String, lines: [String]) throws {
    let inspection = try Inspection(of: Self.fixture(name))
    for line in lines { #expect(inspection.text.contains(line), "\(inspection.text)") }
    #expect(inspection.trees?.features == 8)
  }
}
