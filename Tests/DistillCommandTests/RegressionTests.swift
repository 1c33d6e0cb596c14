import Distill
import Foundation
import StudentExport
import StudentRuntime
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Models that give real numbers, and examples without labels.
@Suite struct RegressionTests {
  /// 300 rows of three numbers, and prices that are far from 1: 50,000 + 20,000 a − 8,000 b c.
  private static func rows() -> (inputs: Tensor, prices: Tensor) {
    let inputs = Tensor.normal([300, 3], using: RandomGenerator(seed: 5))
    let (a, b, c) = (
      inputs.selecting(0, along: 1), inputs.selecting(1, along: 1), inputs.selecting(2, along: 1)
    )
    return (inputs, a * 20_000 - b * c * 8_000 + 50_000)
  }

  private func withTable<Result>(
    _ body: (CompressWorld, CompressOptions) throws -> Result
  ) throws -> Result {
    try withScratchFolder { folder in
      let world = try CompressWorld(in: folder)
      let (inputs, prices) = Self.rows()
      let noise = Tensor.normal([300], using: RandomGenerator(seed: 6)) * 2_000
      let table = Tensor.concatenated([inputs, (prices + noise).insertingAxis(1)], along: 1)
      try CSV.write(
        table.cast(to: .float64),
        columns: ["a", "b", "c", "price"],
        to: folder.appendingPathComponent("houses.csv")
      )
      try NumPy.write(
        prices.reshaped(to: [300, 1]),
        to: folder.appendingPathComponent("answers.npy")
      )
      var options = world.options()
      (options.teacher, options.teacherModel) = ([], nil)
      options.teacherValues = folder.appendingPathComponent("answers.npy").path
      options.data = DataSource(folder.appendingPathComponent("houses.csv").path, labels: "price")
      options.data.targets = .reals
      options.areReals = true
      options.student = "mlp:3-32-1"
      options.budget = Budget(600, .steps)
      options.learningRate = 1e-2
      options.keep = nil
      return try body(world, options)
    }
  }

  private func scores(_ said: Transcript) throws -> [[String: Any]] {
    let line = try #require(said.lines.first { $0.contains("\"event\":\"result\"") })
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    return try #require(object?["scores"] as? [[String: Any]])
  }

  private func mean(_ score: [String: Any], _ name: String) throws -> Double {
    let estimate = try #require(score[name] as? [String: Any])
    return try #require(estimate["mean"] as? Double)
  }

  /// The numbers of the table are those of the student's own weights on the rows of the test.
  @Test func studentsLearnPrices() throws {
    try withTable { world, options in
      var options = options
      options.trainsControl = true
      let (folder, said) = try world.run(options)
      #expect(said.text.contains("1 numbers to each"), "\(said.text)")
      let found = try scores(said)
      #expect(found.map { $0["name"] as? String } == ["student", "control", "teacher"])
      #expect(try mean(found[0], "determination") > 0.9)
      #expect(try mean(found[0], "fidelity") > 0.9)
      #expect(try mean(found[2], "determination") > 0.97)
      let plan = try CompressionPlan.recorded(in: folder)
      #expect(plan.loss == "squaredError" && plan.controlLoss == "squaredError")
      #expect(plan.data.classes == ["price"])
      // By hand: the network of the file, with its units, and the rows that were kept for the test.
      let network = MLP([3, 32, 1], using: RandomGenerator(seed: 1))
      try network.load(from: folder.file("student.safetensors"))
      let data = try CompressionData(plan.data, on: .cpu)
      let given = network(data.test.inputs).flattened().scalars(Float.self).map(Double.init)
      let right = try #require(data.targets?.test).flattened().scalars(Float.self).map(Double.init)
      let centre = right.reduce(0, +) / Double(right.count)
      let errors = zip(given, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      let spread = right.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
      #expect(abs(try mean(found[0], "determination") - (1 - errors / spread)) < 1e-6)
      let squared = try mean(found[0], "squaredError")
      #expect(abs(squared / (errors / Double(right.count)) - 1) < 1e-6)
    }
  }

  /// Students of real numbers are predicted with, evaluated and exported like all others.
  @Test func studentsOfPricesAreUsed() throws {
    try withTable { world, options in
      let (folder, _) = try world.run(options)
      let network = MLP([3, 32, 1], using: RandomGenerator(seed: 1))
      try network.load(from: folder.file("student.safetensors"))
      let plan = try CompressionPlan.recorded(in: folder)
      let test = try plan.data.split.parts(of: LabelledSource(plan.data.counted)).test
      let scaled = plan.data.scaling.apply(to: test.inputs, shape: [3])
      let expected = network(scaled).flattened().scalars(Float.self).map(Double.init)
      let right = try #require(test.targets).flattened().scalars(Float.self).map(Double.init)

      // The rows of the test as a table of their own, with columns in another order.
      let table = world.folder.appendingPathComponent("rows.csv")
      let columns =
        [test.targets!]
        + (0..<3).reversed().map {
          test.inputs.selecting($0, along: 1).insertingAxis(1)
        }
      let rows = Tensor.concatenated(columns, along: 1).cast(to: .float64)
      try CSV.write(rows, columns: ["price", "c", "b", "a"], to: table)
      let exported = folder.file("student.distill").path
      for form in ExportForm.allCases {
        try ExportCommand.parse([folder.url.path, "--format", form.rawValue, "--quiet"]).run()
        #expect(folder.contains(form.fileName))
      }
      let student = try Student(path: exported)
      #expect(student.classes.isEmpty && student.network.ending == .values)
      let facts = try Inspection(of: folder.file("operations.json")).notes
      #expect(facts["outputs"] == #"["price"]"# && facts["ending"] == "values")
      let teacher = world.folder.appendingPathComponent("taught.npy")
      try NumPy.write(test.targets! + 100, to: teacher)

      func evaluated(_ words: [String]) throws -> [String: Any] {
        let out = world.folder.appendingPathComponent("evaluation.json")
        var command = try Program.parsed(["evaluate"] + words + ["--out", out.path, "--quiet"])
        try command.run()
        let content = try JSONSerialization.jsonObject(with: Data(contentsOf: out))
        let measures = (content as? [String: Any])?["measures"] as? [[String: Any]]
        return Dictionary(
          uniqueKeysWithValues: try #require(measures).map { ($0["name"] as! String, $0) }
        )
      }
      func value(_ measure: Any?, _ side: String = "student") throws -> Double {
        let values = (measure as? [String: Any])?[side] as? [String: Any]
        return try #require(values?["value"] as? Double)
      }
      let squared = zip(expected, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      let centre = right.reduce(0, +) / Double(right.count)
      let spread = right.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
      for words in [
        [folder.url.path], [folder.url.path, "--data", table.path],
        [exported, "--data", table.path],
        [exported, "--data", table.path, "--outcome", "price"],
        [exported, "--data", table.path, "--teacher-values", teacher.path],
        [folder.url.path, "--data", table.path, "--teacher-values", teacher.path],
      ] {
        let found = try evaluated(words)
        let error = try value(found["squared error"])
        #expect(abs(error / (squared / Double(right.count)) - 1) < 1e-4, "\(words)")
        #expect(abs(try value(found["R²"]) - (1 - squared / spread)) < 1e-5)
        guard words.contains("--teacher-values") else { continue }
        #expect(abs(try value(found["absolute error"], "teacher") - 100) < 0.01)
        #expect(found["squared error to the teacher"] != nil)
      }
      for words in [
        [folder.url.path], [folder.url.path, "--data", table.path],
        [exported, "--data", table.path],
      ] {
        let out = world.folder.appendingPathComponent("p.csv")
        try PredictCommand.parse(words + ["--out", out.path, "--quiet"]).run()
        let predicted = try CSV.read(from: out)
        #expect(predicted.columns == ["price"])
        for (a, b) in zip(predicted.values.scalars(Double.self), expected) {
          #expect(abs(a / b - 1) < 1e-5)
        }
      }
      for option in [["--classes"], ["--samples", "2"], ["--quantiles", "0.5"]] {
        let words = [folder.url.path] + option
        #expect(refusal { try PredictCommand.parse(words).run() }?.contains("no effect") == true)
      }
    }
  }

  /// A run without labels says so where they are asked for, and is evaluated on data that have some.
  @Test func runsWithoutLabelsAreEvaluatedOnOthers() throws {
    try withCompressWorld { world in
      var options = world.options(out: "unlabelled")
      options.loss = "softCrossEntropy"
      options.data.targets = TargetKind.none
      let (folder, _) = try world.run(options)
      let alone = try EvaluateCommand.parse([folder.url.path, "--quiet"])
      #expect(refusal { try alone.run() }?.contains("no labels: name data") == true)
      let student = try UsableStudent(folder.url.path)
      let found = try StudentEvaluation(
        of: student,
        on: world.data,
        outcome: nil,
        teacherValues: nil
      )
      let network = MLP([16, 4, 3], using: RandomGenerator(seed: 1))
      try network.load(from: folder.file("student.safetensors"))
      let test = try #require(LabelledSource(DataSource(world.data)).test)
      let plan = try CompressionPlan.recorded(in: folder)
      let scaled = plan.data.scaling.apply(to: test.inputs, shape: plan.data.shape)
      let right = (network(scaled).indexOfMaximum(along: 1) .== test.labels)
        .cast(to: .float64).mean().doubleValue
      #expect(found.measures[0].name == "accuracy")
      #expect(abs(found.measures[0].student.value - right) < 1e-12)
    }
  }

  /// The standard error of R² is that of leaving out one example after another (the jackknife).
  @Test func theErrorOfTheDeterminationIsTheJackknifes() {
    let generator = RandomGenerator(seed: 8)
    let right = Tensor.normal([200, 2], .float64, using: generator)
    let own = right + Tensor.normal([200, 2], .float64, using: generator) * 0.5
    let estimate = RealScore.determination(of: own, right)
    func determination(_ rows: [Int]) -> Double {
      let shares = (0..<2).map { k -> Double in
        let t = rows.map { right[$0][k].doubleValue }
        let f = rows.map { own[$0][k].doubleValue }
        let m = t.reduce(0, +) / Double(t.count)
        let error = zip(f, t).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return 1 - error / t.reduce(0) { $0 + ($1 - m) * ($1 - m) }
      }
      return (shares[0] + shares[1]) / 2
    }
    let all = Array(0..<200)
    #expect(abs(estimate.mean - determination(all)) < 1e-12)
    let left = all.map { out in determination(all.filter { $0 != out }) }
    let middle = left.reduce(0, +) / 200
    let variance = left.reduce(0) { $0 + ($1 - middle) * ($1 - middle) } * 199 / 200
    #expect(abs(estimate.standardError / variance.squareRoot() - 1) < 0.05)
  }

  @Test func stoppedRunsGoOnToTheSameWeights() throws {
    try withTable { world, options in
      let whole = try world.run(options).folder
      var options = options
      options.out! += "-stopped"
      #expect(throws: Stopped.self) {
        try world.run(options, stoppingAt: "\"event\":\"progress\",\"loss\"")
      }
      var resumed = CompressOptions()
      resumed.resume = .folder(options.out!)
      let folder = try world.run(resumed).folder
      let files = [whole, folder].map { $0.file("student.safetensors") }
      #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]))
    }
  }

  /// Without anything that belongs to the examples the teacher alone is compared with.
  @Test func embeddingsNeedNoLabels() throws {
    try withTable { world, options in
      var options = options
      let rows = Self.rows().inputs
      let answers = Tensor.concatenated([rows * 3, rows.squared + 10], along: 1)
      try NumPy.write(answers, to: URL(fileURLWithPath: options.teacherValues!))
      let inputs = world.folder.appendingPathComponent("inputs.npy")
      try NumPy.write(rows, to: inputs)
      options.data = DataSource(inputs.path)
      options.data.targets = TargetKind.none
      options.student = "mlp:3-32-6"
      let (folder, said) = try world.run(options)
      let found = try scores(said)
      #expect(found.count == 2 && found[0]["squaredError"] == nil)
      #expect(try mean(found[0], "fidelity") > 0.9)
      #expect(try mean(found[0], "cosine") > 0.99)
      #expect(refusal { try CertifyTests().certify(folder) }?.contains("no labels") == true)
      options.trainsControl = true
      options.out! += "-2"
      let text = refusal { try world.run(options) }
      #expect(text?.contains("--control is trained on the labels, and there are none") == true)
    }
  }

  /// The student of the same examples with and without their labels is the same.
  @Test func classesWithoutLabels() throws {
    try withCompressWorld { world in
      var options = world.options(out: "labelled")
      options.loss = "softCrossEntropy"
      options.validation = 0
      options.keep = nil
      let labels = try LabelledSource(DataSource(world.data)).training
      let right = try world.run(options)
      options.data.targets = TargetKind.none
      options.out! += "-not"
      let (folder, said) = try world.run(options)
      #expect(labels.count == 300)
      #expect(said.text.contains("no labels"), "\(said.text)")
      let files = [right.folder, folder].map { $0.file("student.safetensors") }
      #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]))
      let (with, without) = (try scores(right.said), try scores(said))
      #expect(try mean(with[0], "agreement") == mean(without[0], "agreement"))
      let table = try String(contentsOf: folder.file("table.txt"), encoding: .utf8)
      #expect(table.contains("agreement") && !table.contains("accuracy"), "\(table)")
      options.loss = "softCrossEntropy + crossEntropy"
      options.out! += "-3"
      #expect(refusal { try world.run(options) }?.contains("the inputs have none") == true)
    }
  }
}
