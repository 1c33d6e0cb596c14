import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct CompressTests {
  @Test func aRunWritesEverything() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.trainsControl = true
      options.loss = "softCrossEntropy + 0.1 * derivativeSquaredError"
      options.teacherAccuracy = "0.9"
      let (folder, said) = try world.run(options)
      for file in [
        "student.safetensors", "control.safetensors", RunFolder.recipe, RunFolder.metrics,
        RunFolder.report, RunFolder.table, RunFolder.state,
      ] { #expect(folder.contains(file), "\(file)") }
      #expect(!folder.contains("student.checkpoint.safetensors"))
      #expect(try folder.isFinished())
      #expect(said.text.contains("the teacher's accuracy is"))

      let recipe = try CompressionPlan.recordedRecipe(in: folder)
      #expect(recipe.options.student.description == options.student)
      #expect(recipe.options.training.steps == 60 && recipe.options.training.batchSize == 20)
      #expect(recipe.options.teacher.files.map(\.files) == [1, 1])
      #expect(recipe.options.data.files.map(\.files) == [4])
      #expect(try Recipe<CompressionPlan>(yaml: recipe.yaml()) == recipe)

      // What the table says is what the file does.
      let network = try ModelSpecification(options.student).module(using: RandomGenerator(seed: 9))
      try network.load(from: folder.file("student.safetensors"))
      let test = try #require(LabelledSource(options.data).test)
      let choices = network(test.inputs).indexOfMaximum(along: 1).scalars(Int.self)
      let right = zip(choices, test.labels.scalars(Int.self)).count { $0 == $1 }
      let result = try #require(said.lines.last { $0.contains("\"event\":\"result\"") })
      let object = try JSONSerialization.jsonObject(with: Data(result.utf8)) as? [String: Any]
      let scores = try #require(object?["scores"] as? [[String: Any]])
      #expect(
        scores.map { $0["name"] as? String } == [
          "student", "control, on the labels", "teacher, ensemble of 2",
        ]
      )
      let accuracy = (scores[0]["accuracy"] as? [String: Any])?["mean"] as? Double
      #expect(try abs(#require(accuracy) - Double(right) / 120) < 1e-12)
      #expect(scores[0]["parameters"] as? Int == 16 * 4 + 4 + 4 * 3 + 3)
    }
  }

  /// Where values are compared a single teacher's are its logits, as a program would have them.
  @Test(arguments: [
    "squaredErrorOnLogits", "squaredErrorOnLogits + 0.1 * derivativeSquaredError",
    "softCrossEntropy + 100 * similarityPreserving",
  ])
  func logitsOfOneTeacherAreCompared(text: String) throws {
    try withCompressWorld { world in
      var options = world.options()
      options.teacher = [world.teachers + "/a.safetensors"]
      options.loss = text
      let (folder, _) = try world.run(options)
      let plan = try CompressionPlan.recorded(in: folder)
      let training = try CompressionTraining(plan, Console(.quiet).work(Interruption()))
      func trained(_ network: some Module) throws -> [Tensor] {
        let teacher = MLP([16, 12, 3], using: RandomGenerator(seed: 0))
        try teacher.load(from: URL(fileURLWithPath: options.teacher[0]))
        try Distiller(
          network,
          minimizing: Loss(parsing: text),
          using: plan.training.optimizer.make(),
          schedule: plan.training.optimizer.schedule(over: plan.training.steps),
          seed: plan.seed
        ).run(
          on: training.data.training
            .batches(of: plan.training.batchSize, epochs: nil, shuffled: plan.seed)
            .limited(to: plan.training.steps),
          observing: ModuleTeacher(teacher)
        )
        return network.parameters.map(\.value)
      }
      let known = try trained(training.freshNetwork(seed: plan.seed))
      let student = training.freshNetwork(seed: 9)
      try student.load(from: folder.file("student.safetensors"))
      for (own, other) in zip(student.parameters.map(\.value), known) {
        // The teacher's derivatives were kept as BFloat16, to 1/256, weighted 0.1.
        #expect(own.largestDifference(from: other) < (text.contains("deriv") ? 0.02 : 1e-5))
      }
    }
  }

  @Test func studentAndControlStartAlike() throws {
    try withCompressWorld { world in
      let (folder, _) = try world.run(world.options())
      let plan = try CompressionPlan.recorded(in: folder)
      let silent = Console(.quiet)
      let training = try CompressionTraining(plan, silent.work(Interruption()))
      // The student of the run can be trained again, and a seed gives another one.
      func bytes(_ network: any Module) -> [[Float]] {
        network.parameters.map { $0.value.scalars() }
      }
      let recorded = training.freshNetwork(seed: 0)
      try recorded.load(from: folder.file(CompressionRun.studentFile))
      let again = try training.train(.student, seed: plan.seed).network
      #expect(bytes(again) == bytes(recorded))
      #expect(try bytes(training.train(.student, seed: 7).network) != bytes(recorded))
      #expect(try bytes(training.train(.control, seed: plan.seed).network) != bytes(recorded))
      #expect(bytes(training.freshNetwork(seed: 3)) == bytes(training.freshNetwork(seed: 3)))
    }
  }

  /// Minutes become steps once: student, control and whoever repeats the run make as many, and the
  /// learning rate reaches 0 with the last.
  @Test func minutesAreTurnedIntoStepsOnce() throws {
    try withCompressWorld { world in
      var options = world.options(out: "minutes")
      options.loss = "softCrossEntropy"
      options.trainsControl = true
      options.budget = Budget(0.0002, .minutes)
      let error = try #require(throws: Stopped.self) {
        try world.run(options, stoppingAt: "training mlp")
      }
      #expect(error.description.contains("--resume"))
      let folder = RunFolder(url: URL(fileURLWithPath: options.out!), command: "compress")
      let recipe = try CompressionPlan.recordedRecipe(in: folder)
      let steps = recipe.options.training.steps
      #expect(recipe.replay.contains("--steps \(steps)") && !recipe.replay.contains("--minutes"))
      let decay = recipe.options.training.optimizer.schedule(over: steps)
      #expect(decay(0) == 1 && decay(steps) == 0)
      var resumed = CompressOptions()
      resumed.resume = .folder(options.out!)
      try world.run(resumed)
      let text = try String(contentsOf: folder.file(RunFolder.metrics), encoding: .utf8)
      let whole = text.split(separator: "\n").compactMap {
        try? JSONDecoder().decode(TrainingMetric.self, from: Data($0.utf8))
      }.filter { $0.seconds != nil }
      #expect(whole.map(\.network) == ["student", "control"])
      #expect(whole.allSatisfy { $0.step == steps })
    }
  }

  /// A stop between a network and what follows: the same files, and each line of the metrics once.
  @Test func aStopAfterTheNetworkLosesNothing() throws {
    try withCompressWorld { world in
      var options = world.options(out: "whole")
      let whole = try world.run(options).folder
      options.out = world.folder.appendingPathComponent("parts").path
      #expect(throws: Stopped.self) {
        try world.run(options, stoppingAt: "\"done\":20,\"event\":\"progress\"")
      }
      let parts = RunFolder(url: URL(fileURLWithPath: options.out!), command: "compress")
      let checkpoint = parts.file("student.checkpoint.safetensors")
      let copy = world.folder.appendingPathComponent("copy")
      try FileManager.default.copyItem(at: checkpoint, to: copy)
      // The report cannot be written: all but it is done.
      let obstacle = parts.file(RunFolder.table)
      try FileManager.default.createDirectory(at: obstacle, withIntermediateDirectories: false)
      var resumed = CompressOptions()
      resumed.resume = .folder(options.out!)
      #expect(refusal { try world.run(resumed) }?.contains("cannot write") == true)
      try FileManager.default.moveItem(at: copy, to: checkpoint)
      try FileManager.default.removeItem(at: obstacle)
      try world.run(resumed)
      #expect(!parts.contains("student.checkpoint.safetensors"))
      #expect(try metricLines(parts) == metricLines(whole))
      #expect(try Set(names(parts)) == Set(names(whole)))
    }
  }

  private func names(_ folder: RunFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
  }

  private func metricLines(_ folder: RunFolder) throws -> Int {
    try String(contentsOf: folder.file(RunFolder.metrics), encoding: .utf8)
      .split(separator: "\n").count
  }

  @Test(arguments: ["mlp:16-4-3", "cnn:2c3-gap-3"])
  func interruptedRunsEndTheSame(student: String) throws {
    try withCompressWorld { world in
      var options = world.options(out: "whole")
      options.student = student
      let whole = try world.run(options).folder
      options.out = world.folder.appendingPathComponent("parts").path
      let error = try #require(throws: Stopped.self) {
        try world.run(options, stoppingAt: "\"done\":20,\"event\":\"progress\"")
      }
      #expect(error.description.contains("distill compress --resume \(options.out!)"))
      let parts = RunFolder(url: URL(fileURLWithPath: options.out!), command: "compress")
      #expect(
        parts.contains("student.checkpoint.safetensors") && !parts.contains("student.safetensors")
      )
      var resumed = CompressOptions()
      resumed.resume = .folder(options.out!)
      try world.run(resumed)
      let files = try [whole, parts].map { try Data(contentsOf: $0.file("student.safetensors")) }
      #expect(files[0] == files[1])
      let report = "the run in '\(options.out!)' is finished: read \(options.out!)/report.html"
      #expect(try world.run(resumed).said.text.contains(report))
      #expect(try metricLines(parts) == metricLines(whole))
    }
  }

  /// Networks that a loss makes from the teacher are said, trained, and resumed.
  @Test(arguments: [
    "softCrossEntropy + 0.01 * overhaul(of: 0)", "crossEntropy + softmaxRegression(of: 1)",
    "crossEntropy + contrastiveRepresentation(of: 1, negatives: 8, width: 4)",
  ])
  func lossesOnFeaturesGoOn(_ loss: String) throws {
    try withCompressWorld { world in
      var options = world.options(out: "whole")
      options.teacher = [world.teachers + "/a.safetensors"]
      options.loss = loss
      let (whole, said) = try world.run(options)
      #expect(said.lines.contains { $0.contains("remark") && $0.contains("parameters") })
      options.out = world.folder.appendingPathComponent("parts").path
      #expect(throws: Stopped.self) {
        try world.run(options, stoppingAt: "\"done\":20,\"event\":\"progress\"")
      }
      var resumed = CompressOptions()
      resumed.resume = .folder(options.out!)
      let parts = try world.run(resumed).folder
      let files = try [whole, parts].map { try Data(contentsOf: $0.file("student.safetensors")) }
      #expect(files[0] == files[1])
    }
  }

  @Test func whatAnEarlierRunMadeTeaches() throws {
    try withCompressWorld { world in
      let first = try world.run(world.options()).folder
      for name in [first.url.path, first.file("student.safetensors").path] {
        var options = world.options(out: UUID().uuidString)
        options.teacher = [name]
        options.teacherModel = nil
        let second = try world.run(options).folder
        let plan = try CompressionPlan.recorded(in: second)
        #expect(plan.teacher.model?.description == "mlp:16-4-3")
        #expect(plan.teacher.files.count == 1)
      }
      var pattern = world.options(out: "pattern")
      pattern.teacher = [world.teachers + "/*.safetensors"]
      #expect(try CompressionPlan.recorded(in: world.run(pattern).folder).teacher.files.count == 2)
    }
  }

  /// The search never looks at test examples: their labels may say anything.
  @Test func aSearchLooksAtValidationAlone() throws {
    var found: [[SearchTrial]] = []
    for shuffledTest in [false, true] {
      try withCompressWorld(shuffledTest: shuffledTest) { world in
        var options = world.options()
        options.loss = "softCrossEntropy"
        options.search = Budget(900, .steps)
        options.trainsControl = true
        let folder = try world.run(options).folder
        let trials = try JSONDecoder().decode(
          [SearchTrial].self,
          from: Data(contentsOf: folder.file(CompressionSearch.file))
        )
        found.append(trials)
        let plan = try CompressionPlan.recorded(in: folder)
        let best = try #require(
          trials.filter { $0.round == 2 }.min { $0.divergence < $1.divergence }
        )
        let control = try #require(
          trials.filter { $0.network == .control }.max { $0.logProbability < $1.logProbability }
        )
        #expect(plan.search?.chosen == best.candidate && plan.loss == best.candidate.loss)
        #expect(plan.training.optimizer.learningRate == best.candidate.learningRate)
        let rate = control.candidate.learningRate
        #expect(plan.search?.controlLearningRate == rate)
        #expect(plan.training(of: .control).optimizer.learningRate == rate)
        #expect(plan.training(of: .student) == plan.training)
        #expect(trials.reduce(0) { $0 + $1.steps } <= 900)
        #expect(
          trials.map(\.steps) == [Int](repeating: 33, count: 9) + [100, 100, 100, 100, 100, 100]
        )
      }
    }
    #expect(found[0] == found[1])
  }

  @Test func anInterruptedSearchGoesOn() throws {
    try withCompressWorld { world in
      var options = world.options(out: "whole")
      options.loss = "softCrossEntropy"
      options.search = Budget(900, .steps)
      let whole = try world.run(options).folder
      options.out = world.folder.appendingPathComponent("parts").path
      #expect(throws: Stopped.self) {
        try world.run(options, stoppingAt: "\"done\":140")
      }
      var resumed = CompressOptions()
      resumed.resume = .folder(options.out!)
      let parts = try world.run(resumed).folder
      for file in [CompressionSearch.file, "student.safetensors"] {
        #expect(try Data(contentsOf: whole.file(file)) == Data(contentsOf: parts.file(file)))
      }
    }
  }
}
