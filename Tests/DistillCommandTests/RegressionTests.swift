import Distill
import Foundation
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
