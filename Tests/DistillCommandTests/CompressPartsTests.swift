import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct CompressPartsTests {
  /// Each class is split in the shares asked for, to the rounding of a whole example; the parts
  /// are disjoint and together all examples.
  @Test(arguments: [[100, 50, 7], [10, 10, 10], [1, 300, 2]])
  func classesArePartedAlike(sizes: [Int]) throws {
    try withScratchFolder { folder in
      let labels = sizes.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element) }
      let numbers = labels.indices.map { [Float($0)] }
      let (x, y) = (folder.appendingPathComponent("x.npy"), folder.appendingPathComponent("y.npy"))
      try NumPy.write(Tensor(numbers), to: x)
      try NumPy.write(Tensor(labels), to: y)
      let source = try LabelledSource(DataSource(x.path, labels: y.path))
      let split = DataSplit(validation: 0.2, test: 0.3, seed: 5)
      let parts = try split.parts(of: source)
      let all = [parts.training, parts.validation, parts.test]
      let ids = all.flatMap { $0.inputs.scalars(Float.self) }.sorted()
      #expect(ids == labels.indices.map { Float($0) })
      for (label, size) in sizes.enumerated() {
        let counts = all.map { part in part.labels.scalars(Int.self).count { $0 == label } }
        #expect(abs(Double(counts[2]) - 0.3 * Double(size)) <= 1)
        #expect(abs(Double(counts[1]) - 0.2 * 0.7 * Double(size)) <= 1.2)
      }
      let again = try split.parts(of: source)
      #expect(
        again.training.inputs.scalars(Float.self) == parts.training.inputs.scalars(Float.self)
      )
      let other = try DataSplit(validation: 0.2, test: 0.3, seed: 6).parts(of: source)
      #expect(
        other.training.inputs.scalars(Float.self) != parts.training.inputs.scalars(Float.self)
      )
    }
  }

  @Test func inputsAreStandardizedByChannel() {
    let inputs = Tensor.normal([50, 2 * 3 * 3], using: RandomGenerator(seed: 1)) * 3 + 5
    let scaling = ExampleScaling(standardizing: inputs, shape: [2, 3, 3])
    #expect(scaling.mean.count == 2)
    let scaled = scaling.apply(to: inputs, shape: [2, 3, 3]).reshaped(to: [50, 2, 9])
    for channel in 0..<2 {
      let numbers = scaled.selecting(channel, along: 1).cast(to: .float64)
      #expect(abs(numbers.mean().doubleValue) < 1e-6)
      #expect(abs(numbers.squared.mean().doubleValue - 1) < 1e-5)
    }
    let constant = ExampleScaling(standardizing: .ones([4, 1]), shape: [1])
    #expect(constant.apply(to: .ones([4, 1]), shape: [1]).scalars(Float.self) == [0, 0, 0, 0])
    let one = ExampleScaling(mean: [0.5], deviation: [0.25])
    #expect(one.apply(to: .ones([1, 4]), shape: [1, 2, 2]).scalars(Float.self) == [2, 2, 2, 2])
    #expect(ExampleScaling().apply(to: inputs, shape: [18]).isIdentical(to: inputs))
  }

  @Test(arguments: [
    ("5000", 5_000, Budget.Unit.steps), ("20steps", 20, .steps), ("2.5 epochs", 2.5, .epochs),
    ("5min", 5, .minutes), ("1minutes", 1, .minutes),
  ])
  func budgetsAreRead(text: String, amount: Double, unit: Budget.Unit) throws {
    let budget = try #require(Budget(text))
    #expect(budget.amount == amount && budget.unit == unit)
    #expect(Budget(budget.description) == budget)
  }

  @Test(arguments: ["", "0", "-3", "2.5", "5h", "min", "1e99steps", "3 4"])
  func otherBudgetsAreNot(text: String) { #expect(Budget(text) == nil) }

  @Test func budgetsBecomeSteps() {
    func rate() -> Double { 50 }
    #expect(Budget(7, .steps).steps(perEpoch: 10, rate: rate) == 7)
    #expect(Budget(2.5, .epochs).steps(perEpoch: 10, rate: rate) == 25)
    #expect(Budget(2, .minutes).steps(perEpoch: 10, rate: rate) == 6_000)
    #expect(Budget(1e-9, .minutes).steps(perEpoch: 10, rate: rate) == 1)
  }

  /// Rounds of equal cost, each with a third of the candidates of the one before.
  @Test(
    arguments: [
      ("crossEntropy", 3, [40]), ("softCrossEntropy", 9, [20, 60]),
      ("softCrossEntropy + 0.1 * derivativeSquaredError", 27, [20, 60, 180]),
      ("kdLib(temperature: 4) + crossEntropy", 9, [20, 60]),
    ] as [(String, Int, [Int])]
  )
  func aSearchHalvesItsCandidates(loss: String, count: Int, steps: [Int]) throws {
    let parsed = try Loss(parsing: loss)
    // One round is the control's.
    let budget = steps[0] * count * (steps.count + 1)
    let grid = try SearchGrid(
      around: 1e-3,
      parsed,
      control: "crossEntropy",
      budget: budget
    )
    #expect(grid.candidates.count == count && grid.steps == steps)
    #expect(Set(grid.candidates.map { "\($0.learningRate) \($0.loss)" }).count == count)
    #expect(grid.controlCandidates.map(\.learningRate) == [3e-4, 1e-3, 3e-3])
    #expect(throws: RunError.self) {
      try SearchGrid(around: 1e-3, parsed, control: "crossEntropy", budget: count)
    }
  }

  /// The best may lie beyond what was tried.
  @Test func aSearchSaysWhereItStoppedAtAnEnd() throws {
    let grid = try SearchGrid(
      around: 1e-3,
      Loss(parsing: "softCrossEntropy + 0.1 * derivativeSquaredError"),
      control: "crossEntropy",
      budget: 9_000
    )
    func edges(_ candidate: Int, _ control: Int = 1) -> [String] {
      grid.edges(
        student: grid.candidates[candidate],
        control: grid.controlCandidates[control]
      )
    }
    // Every value is the one in the middle.
    #expect(edges(1 + 3 + 9) == [])
    // Temperature 1 is no end: below it the loss is another.
    #expect(edges(1 + 9) == [])
    #expect(
      edges(2 + 3 + 9).map { $0.prefix(45) } == ["the learning rate chosen is the largest that "]
    )
    #expect(edges(2 + 3 + 9)[0].contains("--learning-rate 0.003"))
    #expect(edges(1 + 6 + 9)[0].contains("the temperature chosen is the largest"))
    #expect(edges(1 + 3)[0].contains("the weight of derivatives chosen is the smallest"))
    #expect(edges(1 + 3 + 9, 0)[0].contains("the control's learning rate is the smallest"))
  }

  /// What was asked for and cannot be had is said.
  @Test func aBatchIsNoLargerThanTheExamples() {
    var options = CompressOptions()
    var choices = CompressionChoices()
    let student = ModelSpecification(PerceptronSpecification(widths: [16, 4, 3]))
    options.batchSize = 300
    #expect(choices.batchSize(options, student, examples: 300) == 300 && choices.text == nil)
    #expect(choices.batchSize(options, student, examples: 120) == 120)
    #expect(choices.text == "picked: batches of all 120 examples")
  }

  @Test func lossesAreVariedByText() throws {
    let loss = try Loss(parsing: "softCrossEntropy + 0.1 * derivativeSquaredError + crossEntropy")
    #expect(
      loss.varied(temperature: 4, derivatives: 3)
        == "softCrossEntropy(temperature: 4) + 0.3 * derivativeSquaredError + crossEntropy"
    )
    #expect(loss.varied(temperature: nil, derivatives: 1) == loss.description)
  }

  /// A kind alone stands for a network that fits inputs and teacher.
  @Test func kindsAloneAreStudents() throws {
    for (kind, shape, text) in [
      ("mlp", [1, 28, 28], "mlp:784-50-30-10"), ("mlp", [7], "mlp:7-50-30-10"),
      ("cnn", [1, 28, 28], "cnn:8c3b-m2-16c3b-m2-10"), ("cnn", [3, 4, 4], "cnn:8c3b-10"),
      ("cnn", [3, 32, 96], "cnn:8c3b-m2-16c3b-m2-32c3b-m2-10"),
      ("cnn", [3, 224, 224], "cnn:8c3b-m2-16c3b-m2-32c3b-m2-64c3b-m2-64c3b-m2-10"),
      ("transformer", [1, 28, 28], "transformer:4p32-4h64-4h64-10"),
      ("transformer", [3, 224, 224], "transformer:28p32-4h64-4h64-10"),
      ("transformer", [130], "transformer:5p32-4h64-4h64-10"),
    ] {
      #expect(ModelSpecification.usual(kind, for: shape, outputs: 10) == text)
      let model = try ModelSpecification(text).resolved(for: shape)
      #expect(model.outputCount == 10 && model.inputCount == shape.reduce(1, *))
    }
    // Not for columns of tables.
    #expect(throws: SpecificationError.self) {
      try ModelSpecification(#require(ModelSpecification.usual("cnn", for: [7], outputs: 3)))
        .resolved(for: [7])
    }
    var (choices, options) = (CompressionChoices(), CompressOptions())
    options.student = "cnn"
    #expect(choices.student(options, [1, 4, 4], outputs: 3) == "cnn:8c3b-3")
    #expect(choices.text == "picked: student cnn:8c3b-3")
    options.student = "mlp:16-3"
    #expect(choices.student(options, [1, 4, 4], outputs: 3) == "mlp:16-3")
  }

  /// What a search shows fits a terminal.
  @Test func trialsFitATerminal() throws {
    let loss = "softCrossEntropy(temperature: 4) + 0.0003 * derivativeSquaredError"
    let trials = CompressionRole.allCases.flatMap { role in
      (1...9).map { rank in
        SearchTrial(
          network: role,
          round: rank % 3 + 1,
          candidate: SearchCandidate(learningRate: 0.0003, loss: loss),
          steps: 12_000,
          divergence: Double(rank),
          logProbability: -Double(rank),
          accuracy: 0.5
        )
      }
    }
    let table = CompressionSearch.table(trials, most: 5)
    #expect(table.rows.count == 10)
    // The last round's first: of ranks 2, 5 and 8.
    #expect(table.rows[0][4] == "2.0000" && table.rows[1][4] == "5.0000")
    #expect(table.text(width: 80).split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test func theReplayAsksForTheSame() throws {
    var options = CompressOptions()
    options.teacher = ["a.safetensors", "b.safetensors"]
    options.teacherModel = "mlp:16-12-3"
    options.teacherAccuracy = "0.90"
    options.data = DataSource("x.csv", labels: "y", testPath: "z.csv", testLabels: "w")
    (options.data.ignored, options.data.inputs) = (["id"], ["b", "a"])
    options.normalize = "standard"
    (options.validation, options.limit) = (0.2, 50)
    options.student = "cnn:4c3-gap-3"
    options.loss = "softCrossEntropy(temperature: 4) + 0.1 * derivativeSquaredError"
    options.budget = Budget(2.5, .epochs)
    (options.batchSize, options.learningRate) = (7, 0.01)
    (options.optimizer, options.decay) = (.sgd, .cosine)
    options.search = Budget(5, .minutes)
    (options.keep, options.patience) = (.best, 5)
    options.trainingThreads = 1
    options.trainsControl = true
    options.certifiedSeeds = 5
    options.seed = 4
    let command = try #require(
      Program.parsed(["compress"] + options.arguments) as? CompressCommand
    )
    #expect(command.options == options)
  }

  @Test(arguments: [
    [], ["--teacher", "a"], ["--teacher", "a", "--data", "b", "--student", "c", "--steps", "0"],
    ["--teacher", "a", "--data", "b", "--student", "c", "--steps", "5", "--epochs", "2"],
    ["--teacher", "a", "--data", "b", "--student", "c", "--validation", "1"],
    ["--teacher", "a", "--data", "b", "--student", "c", "--image-size", "28"],
    ["--teacher", "a", "--data", "b", "--student", "c", "--search", "5h"],
    ["--teacher", "a", "--data", "b", "--student", "c", "--validation", "0", "--search", "500"],
    ["--teacher", "a", "--data", "b", "--student", "c", "--validation", "0", "--patience", "2"],
    ["--teacher", "a", "--data", "b", "--student", "c", "--keep", "last", "--patience", "2"],
    ["--teacher", "a", "--data", "b", "--student", "c", "--keep", "first"],
    ["--resume", "runs/a", "--student", "mlp:3-4"],
  ])
  func nonsenseIsRefusedAsUsage(arguments: [String]) {
    do {
      _ = try Program.parsed(["compress"] + arguments)
      Issue.record("\(arguments) were accepted")
    } catch {
      #expect(Program.exitCode(for: error) == .validationFailure)
    }
  }
}
