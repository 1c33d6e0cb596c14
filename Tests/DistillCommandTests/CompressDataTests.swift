import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// What a compression makes of classes, scaling and batches, and what it refuses to guess.
@Suite struct CompressDataTests {
  /// A teacher's file that says what it was trained on.
  private func write(_ metadata: [String: String], in world: CompressWorld) throws -> String {
    let file = world.folder.appendingPathComponent("teacher.safetensors")
    let network = MLP([16, 12, 3], using: RandomGenerator(seed: 0))
    try network.load(from: URL(fileURLWithPath: world.teachers + "/a.safetensors"))
    try network.save(to: file, metadata: metadata)
    return file.path
  }

  /// 301 examples in batches of 20 leave one alone, which cannot be normalised by batch.
  @Test func aLastBatchOfOneIsMergedOrDropped() throws {
    let examples = Examples(Tensor.zeros([41, 2]), labels: Tensor([Int](repeating: 0, count: 41)))
    func sizes(_ plan: TrainingPlan) throws -> [Int] {
      try (0..<4).map { try plan.batches(of: examples, shuffled: 1).batch($0)!.inputs.shape[0] }
    }
    let optimizer = OptimizerPlan(name: .adam, learningRate: 0.1, decay: .constant)
    var plan = TrainingPlan(optimizer: optimizer, batchSize: 20, steps: 4)
    #expect(try sizes(plan) == [20, 20, 1, 20])
    plan.lastBatch = .merged
    #expect(try sizes(plan) == [20, 21, 20, 21])
    plan.lastBatch = .dropped
    #expect(try sizes(plan) == [20, 20, 20, 20])
    var options = CompressOptions()
    var choices = CompressionChoices()
    #expect(choices.lastBatch(options, size: 20, examples: [40]) == nil && choices.text == nil)
    #expect(choices.lastBatch(options, size: 20, examples: [41]) == .merged)
    #expect(choices.lastBatch(options, size: 20, examples: [60, 41]) == .merged)
    #expect(choices.text?.contains("of one example, merged") == true)
    options.dropsLast = true
    #expect(choices.lastBatch(options, size: 20, examples: [45]) == .dropped)
  }

  @Test func aNetworkThatNormalisesByBatchLearnsFromOneTooMany() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.student = "cnn:4c3b-gap-3"
      (options.limit, options.batchSize, options.budget) = (41, 20, Budget(6, .steps))
      let said = try world.run(options).said.text
      #expect(said.contains("of one example, merged"))
    }
  }

  /// A batch of one cannot be normalised, nor compared with itself: seen before there is a folder.
  @Test(arguments: ["cnn:4c3b-gap-3", "cnn:4c3-gap-3", "mlp:16-4-3"])
  func aBatchOfOneIsTriedFirst(student: String) throws {
    try withCompressWorld { world in
      var options = world.options()
      (options.student, options.batchSize, options.budget) = (student, 1, Budget(3, .steps))
      // Maps of one place: a channel has as many numbers as there are examples.
      if student.contains("b-") { options.student = "cnn:4c4p0b-3" }
      if student.hasPrefix("mlp") {
        options.teacher = [world.teachers + "/a.safetensors"]
        options.loss = "softCrossEntropy + softmaxRegression(of: 1)"
      }
      let sentence = refusal { try world.run(options) }
      guard student != "cnn:4c3-gap-3" else {
        #expect(sentence == nil)
        return
      }
      #expect(
        sentence?.contains("use batches of two examples or more") == true,
        "\(sentence ?? "")"
      )
      #expect(!FileManager.default.fileExists(atPath: options.out!))
    }
  }

  /// The loss is the same function of the images however they are scaled.
  @Test func derivativesAreMatchedWhereverTheyCanBe() throws {
    let inputs = Tensor.uniform([1_800, 4], using: RandomGenerator(seed: 1))
    let mlp = try ModelSpecification("mlp:4-3-2")
    func weight(
      _ student: ModelSpecification,
      _ inputs: Tensor,
      shape: [Int] = [1, 2, 2],
      scaling: ExampleScaling = ExampleScaling(),
      divisor: Double = 255,
      largest: Double = 255
    ) -> DerivativeWeight {
      var source = DataSource("data")
      source.divisor = divisor
      let plan = DataPlan(
        source: source,
        files: [],
        classes: ["0", "1"],
        shape: shape,
        scaling: scaling,
        inputRange: [0, largest],
        split: DataSplit()
      )
      // Nothing is read from a file.
      return try! DerivativeWeight(student, plan, on: Examples(inputs))
    }
    func number(_ weight: DerivativeWeight) -> Double? {
      if case .given(let number, _) = weight { number } else { nil }
    }
    #expect(number(weight(mlp, inputs)) == 0.1)
    // x' = (x − m) / s: ∂/∂x' = s ∂/∂x.
    let scaled = ExampleScaling(mean: [0.3], deviation: [0.5])
    #expect(number(weight(mlp, inputs, scaling: scaled)) == 0.1 / 0.25)
    // Pixels from 0 to 16, as they are.
    #expect(number(weight(mlp, inputs * 16, divisor: 1, largest: 16)) == 0.1 * 256)
    // Columns as wide as pixels count as much; ten times wider, a hundred times.
    let columns = number(weight(mlp, inputs, shape: [4], divisor: 1, largest: 1))!
    let wide = number(weight(mlp, inputs * 10, shape: [4], divisor: 1, largest: 10))!
    #expect(abs(columns - 0.1 * (1.0 / 12) / 0.1) < 0.005 && abs(wide / columns - 100) < 1e-3)
    let uneven = inputs * Tensor([1, 1, 1, 20] as [Float])
    guard case .none(let cause) = weight(mlp, uneven, shape: [4], divisor: 1, largest: 20) else {
      Issue.record("columns of different scales have derivatives")
      return
    }
    // What the teacher was trained on is not this option's to change.
    #expect(cause.contains("columns differ 20 times in scale") && !cause.contains("--normalize"))
    #expect(number(weight(try ModelSpecification("mlp:4-3-2,gelu"), inputs)) == 0.1)
    #expect(number(weight(try ModelSpecification("cnn:1x2x2-2c3-gap-2"), inputs)) == nil)
  }

  @Test func whatIsPickedSaysWhetherDerivativesAreMatched() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.normalize = "0.25,0.5"
      let said = try world.run(options).said.text
      #expect(
        said.contains("0.4 * derivativeSquaredError (soft targets and derivatives"),
        "\(said)"
      )
      (options.student, options.out) = ("cnn:4c3-gap-3", options.out! + "2")
      #expect(
        try world.run(options).said.text.contains("derivatives are not matched: that is quick")
      )
    }
  }

  @Test func scalingIsSaidAndTravelsWithTheStudent() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.normalize = "0.25,0.5"
      let (folder, said) = try world.run(options)
      let text = "divided by 255, then (x − 0.25) / 0.5"
      #expect(said.text.contains(text))
      #expect(try String(contentsOf: folder.file("report.html"), encoding: .utf8).contains(text))
      let facts = try TeacherFacts([folder.file("student.safetensors").path])
      #expect(facts.classes == ["0", "1", "2"] && facts.divisor == 255)
      #expect(facts.scaling == ExampleScaling(mean: [0.25], deviation: [0.5]))
      let plan = try CompressionPlan.recorded(in: folder)
      #expect(plan.data.source.divisor == 255 && plan.data.inputRange == [0, 255])
      // As a teacher it is asked about inputs scaled alike.
      var next = world.options(out: "next")
      (next.teacher, next.teacherModel) = ([folder.url.path], nil)
      let second = try CompressionPlan.recorded(in: world.run(next).folder)
      #expect(second.data.scaling == facts.scaling)
    }
  }

  /// What is asked for is done, and said to be another thing than the teacher knows.
  @Test func anotherScalingThanTheTeachersIsWarnedOf() throws {
    func data(_ scaling: ExampleScaling, _ divisor: Double, largest: Double = 255) -> DataPlan {
      var source = DataSource("data")
      source.divisor = divisor
      return DataPlan(
        source: source,
        files: [],
        classes: ["0", "1"],
        shape: [2],
        scaling: scaling,
        inputRange: [0, largest],
        split: DataSplit()
      )
    }
    let (raw, standard) = (
      ExampleScaling(), ExampleScaling(mean: [20, 3], deviation: [10, 0.5])
    )
    func warning(_ trained: DataPlan, _ now: DataPlan) -> String? {
      TeacherFacts(trained).warning(of: now)
    }
    #expect(warning(data(standard, 1), data(standard, 1)) == nil)
    let near = ExampleScaling(mean: [21, 3.05], deviation: [11, 0.45])
    #expect(warning(data(standard, 1), data(near, 1)) == nil)
    for (trained, now) in [(standard, raw), (raw, standard)] {
      let said = try #require(warning(data(trained, 1), data(now, 1)))
      #expect(said.contains("taken as they are") && said.contains("with 2 pairs"))
    }
    #expect(warning(data(raw, 255), data(raw, 1)) != nil)
    #expect(warning(data(raw, 255), data(raw, 255)) == nil)
    // Pixels that were divided before.
    #expect(warning(data(raw, 255), data(raw, 1, largest: 1)) == nil)
    // A file that says nothing.
    #expect(TeacherFacts([:]).warning(of: data(standard, 1)) == nil)

    try withCompressWorld { world in
      let (folder, _) = try world.run(world.options())
      var next = world.options(out: "next")
      (next.teacher, next.teacherModel) = ([folder.url.path], nil)
      #expect(try !world.run(next).said.text.contains("leave --normalize out"))
      (next.out, next.normalize) = (next.out! + "2", "standard")
      #expect(try world.run(next).said.text.contains("leave --normalize out"))
    }
  }

  @Test func numbersMayBeTakenAsTheyAre() throws {
    #expect(try Normalization("none").divisor == 1)
    #expect(try Normalization("bytes").divisor == 255)
    #expect(try Normalization(nil).divisor == nil)
    // No mean of numbers from 0 to 1 is 127.5.
    #expect(try Normalization("127.5,127.5").divisor == 1)
    #expect(try Normalization("0.5,0.5").divisor == nil)
    #expect(throws: RunError.self) { try Normalization("grey") }
  }

  @Test func classesAreThoseOfTheTeacher() throws {
    try withCompressWorld { world in
      let facts = try TeacherFacts([try write(["classes": "c\na\nb"], in: world)])
      #expect(try facts.order(of: ["a", "b", "c"], asked: false) == ["c", "a", "b"])
      #expect(try facts.order(of: ["0", "1", "2"], asked: false) == nil)
      #expect(throws: RunError.self) { try facts.order(of: ["a", "b", "d"], asked: false) }
      #expect(throws: RunError.self) { try facts.order(of: ["a", "b", "c"], asked: true) }
      let numbers = try TeacherFacts([try write(["classes": "0\n1\n2"], in: world)])
      #expect(try numbers.order(of: ["0.0", "1.0", "2.0"], asked: false) == ["0", "1", "2"])
      #expect(try numbers.order(of: ["x", "y", "z"], asked: false) == nil)
    }
  }

  /// Names of columns travel with a student, and are found wherever a table has them.
  @Test func columnsAreThoseOfTheTeacher() throws {
    try withScratchFolder { folder in
      let file = { (name: String) in folder.appendingPathComponent(name).path }
      func write(_ columns: [String], to name: String) throws {
        let rows = (0..<90).map { row -> [String: String] in
          ["a": "\(row % 3)", "b": "\(row % 7 * 10)", "c": "\(row % 5)", "label": "\(row % 3)"]
        }
        let known = columns.map { $0 == "z" ? "a" : $0 }
        let lines = rows.map { row in known.map { row[$0]! }.joined(separator: ",") }
        try (columns.joined(separator: ",") + "\n" + lines.joined(separator: "\n") + "\n")
          .write(toFile: file(name), atomically: true, encoding: .utf8)
      }
      let network = MLP([2, 4, 3], using: RandomGenerator(seed: 1))
      try network.save(to: URL(fileURLWithPath: file("net.safetensors")))
      func run(_ columns: [String], _ name: String, teacher: String) throws -> (
        folder: RunFolder, said: Transcript
      ) {
        try write(columns, to: "\(name).csv")
        var options = CompressOptions()
        options.teacher = [teacher]
        if teacher.hasSuffix("net.safetensors") { options.teacherModel = "mlp:2-4-3" }
        options.data = DataSource(file("\(name).csv"))
        options.data.labels = "label"
        (options.student, options.budget) = ("mlp:2-3-3", Budget(20, .steps))
        options.out = file(name)
        return try CompressWorld.performed(options)
      }
      let first = try run(["a", "b", "label"], "first", teacher: file("net.safetensors")).folder
      #expect(try CompressionPlan.recorded(in: first).data.columns == ["a", "b"])
      for (index, columns) in [["b", "label", "a"], ["c", "b", "a", "label"]].enumerated() {
        let (next, said) = try run(columns, "next\(index)", teacher: first.url.path)
        #expect(try CompressionPlan.recorded(in: next).data.source.inputs == ["a", "b"])
        #expect(said.text.contains("columns in the order that the teacher was trained on: a, b"))
      }
      let said = try run(["z", "b", "label"], "renamed", teacher: first.url.path).said
      #expect(said.text.contains("a column 'z' that the teacher's file does not know"))
    }
  }

  /// A teacher of three classes that says each time the next one.
  @Test func aTeacherWorseThanFrequenciesIsSuspected() throws {
    let labels = Tensor((0..<90).map { $0 % 3 })
    func check(shift: Int) -> LabelCheck {
      let rows = (0..<90).map { row in
        (0..<3).map { $0 == (row + shift) % 3 ? Float(log(0.98)) : Float(log(0.01)) }
      }
      return LabelCheck(ClassPredictions(logProbabilities: Tensor(rows), labels: labels))
    }
    #expect(check(shift: 0).warning == nil)
    let warning = try #require(check(shift: 1).warning)
    #expect(warning.contains("right on 0.0% with a mean log-probability of -4.605"))
    #expect(warning.contains("the frequencies give 33.3% and -1.099"))
    for option in ["--classes", "--normalize", "columns"] { #expect(warning.contains(option)) }
  }

  /// A recipe that was edited is another run's.
  @Test func anEditedRecipeIsNotGoneOnWith() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.budget = Budget(3_000, .steps)
      #expect(throws: Stopped.self) { try world.run(options, stoppingAt: "training mlp") }
      let folder = RunFolder(url: URL(fileURLWithPath: options.out!), command: "compress")
      let recipe = try String(contentsOf: folder.file("recipe.yaml"), encoding: .utf8)
      options.resume = .folder(options.out!)
      for (old, new, said) in [
        ("batchSize: 20", "batchSize: 40", "training.batchSize: 20 → 40"),
        ("\nseed: 1\n", "\nseed: 2\n", "seed: 1 → 2"),
        ("replay: distill", "replay: destill", "replay: distill compress"),
      ] {
        #expect(recipe.contains(old))
        try folder.write(recipe.replacing(old, with: new), to: "recipe.yaml")
        let sentence = refusal { try world.run(options) }
        #expect(sentence?.contains(said) == true, "\(sentence ?? "")")
      }
      try folder.write(recipe, to: "recipe.yaml")
      try world.run(options)
      #expect(try folder.isFinished())
    }
  }
}
