import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Which weights of a training count, and what the validation examples have to do with it.
@Suite struct KeepBestTests {
  /// Few examples and many steps: the control learns its labels by heart.
  private func options(_ world: CompressWorld, _ name: String) -> CompressOptions {
    var options = world.options(out: name)
    options.loss = "softCrossEntropy"
    options.keep = nil
    (options.limit, options.batchSize, options.budget) = (24, 8, Budget(400, .steps))
    (options.learningRate, options.decay) = (0.05, .constant)
    // Enough to choose by that a rise is no accident.
    options.validation = 0.5
    options.trainsControl = true
    return options
  }

  private func weights(_ folder: RunFolder, _ file: String = "control") throws -> Data {
    try Data(contentsOf: folder.file("\(file).safetensors"))
  }

  private func looks(_ folder: RunFolder, _ network: String) throws -> [ValidationMetric] {
    try folder.metrics(ValidationMetric.self).filter { $0.network == network }
  }

  @Test func looksSayHowOftenTheNetworkAgreesWithTheTeacher() throws {
    let logits = Tensor([3, 1, 0, 0, 2, 1, 0, 1, 4] as [Float], shape: [3, 3])
    let examples = Examples(logits, labels: Tensor([2, 2, 2]))
    let teacher = ClassPredictions(
      logProbabilities: Tensor([3, 1, 0, 2, 0, 1, 0, 1, 4] as [Float], shape: [3, 3]).logSoftmax(),
      labels: Tensor([2, 2, 2])
    )
    let network = MLP([3, 3], using: RandomGenerator(seed: 1))
    let identity = Tensor([1, 0, 0, 0, 1, 0, 0, 0, 1] as [Float], shape: [3, 3])
    for (_, parameter) in network.namedParameters {
      parameter.replace(with: parameter.shape == [3, 3] ? identity : Tensor.zeros([3]))
    }
    let seen = try ClassMeasure(.student, on: examples, beside: teacher).look(network)
    // The second example is the first class to the teacher and the second to the network.
    #expect(seen.agreements?.scalars(Double.self) == [1, 0, 1])
  }

  @Test func theBestOnTheValidationExamplesIsKept() throws {
    try withCompressWorld { world in
      let (folder, said) = try world.run(options(world, "best"))
      let data = try CompressionData(CompressionPlan.recorded(in: folder).data, on: .cpu)
      let seen = try looks(folder, "control")
      let best = try #require(seen.min { $0.validation < $1.validation })
      #expect(seen.count == 40 && best.step < 400 && seen.last?.step == 400)
      // The kept weights have that loss, by a sum over the examples.
      let network = MLP([16, 4, 3], using: RandomGenerator(seed: 0))
      try network.load(from: folder.file("control.safetensors"))
      let logits = network(data.validation.inputs).rowsOfScalars
      let labels = data.validation.labels!.scalars(Int.self)
      let loss = zip(logits, labels).reduce(0.0) { sum, example in
        sum + log(example.0.reduce(0) { $0 + exp($1) }) - example.0[example.1]
      }
      #expect(abs(loss / Double(labels.count) - best.validation) < 1e-5)
      #expect(said.text.contains("the control overfitted: its loss on the validation examples was"))
      #expect(said.text.contains("lowest after \(best.step) of 400 steps"), "\(said.text)")
      #expect(
        try folder.metrics(TrainingRemark.self).contains { $0.remark.contains("the best is kept") }
      )
      #expect(!folder.contains("control.best.safetensors"))
    }
  }

  /// Looking on changes nothing, and recipes of earlier versions, which do not say what to keep, end
  /// where they did.
  @Test func theLastIsThatOfATrainingWithoutLooks() throws {
    try withCompressWorld { world in
      var asked = options(world, "last")
      asked.keep = .last
      let (folder, said) = try world.run(asked)
      #expect(said.text.contains("the last is kept"))
      #expect(try looks(folder, "control").count == 40)
      var plan = try CompressionPlan.recorded(in: folder)
      (plan.training.keep, plan.training.patience) = (nil, nil)
      let training = try CompressionTraining(
        plan,
        Console(.quiet).work(Interruption(write: { _ in }, quit: {}))
      )
      for role in CompressionRole.allCases {
        let trained = try training.train(role, seed: plan.seed)
        #expect(trained.looks.isEmpty && trained.remark == nil)
        let kept = MLP([16, 4, 3], using: RandomGenerator(seed: 0))
        try kept.load(from: folder.file("\(role.rawValue).safetensors"))
        for (own, other) in zip(trained.network.namedParameters, kept.namedParameters) {
          #expect(
            own.parameter.value.scalars(Float.self) == other.parameter.value.scalars(Float.self)
          )
        }
      }
    }
  }

  @Test(arguments: [nil, 3] as [Int?])
  func interruptedTrainingsKeepTheSame(patience: Int?) throws {
    try withCompressWorld { world in
      var asked = options(world, "whole")
      asked.patience = patience
      let whole = try world.run(asked).folder
      // With patience a training ends early.
      let words = ["\"done\":37,"] + (patience == nil ? ["\"done\":60,", "\"done\":61,"] : [])
      for (part, word) in words.enumerated() {
        asked.out = world.folder.appendingPathComponent("parts-\(part)").path
        #expect(throws: Stopped.self) { try world.run(asked, stoppingAt: word) }
        var resumed = CompressOptions()
        resumed.resume = .folder(asked.out!)
        let parts = try world.run(resumed).folder
        for network in ["student", "control"] {
          #expect(try weights(whole, network) == weights(parts, network), "\(network), \(word)")
          #expect(try looks(whole, network) == looks(parts, network))
        }
      }
    }
  }

  /// A run that was killed resumes from a checkpoint that is older than the best it has seen.
  @Test func whatWasSeenAfterTheCheckpointIsSeenAgain() throws {
    try withCompressWorld { world in
      let folder = try world.run(options(world, "run")).folder
      let plan = try CompressionPlan.recorded(in: folder)
      func train(_ place: URL, stoppingAt step: Int? = nil) throws -> TrainedNetwork {
        let said = Transcript()
        let interruption = Interruption(write: { _ in }, quit: {})
        let clock = FixedClock()
        let output = Output(isTerminal: false) { text in
          said.append(text)
          if let step, text.contains("\"done\":\(step),") { interruption.arrive() }
        }
        let console = Console(.json, results: output, remarks: output) {
          clock.now += 1
          return clock.now
        }
        return try CompressionTraining(plan, console.work(interruption))
          .train(.control, seed: plan.seed, checkpoint: place)
      }
      let checkpoint = world.folder.appendingPathComponent("a.checkpoint.safetensors")
      let best = ValidationWatch.file(beside: checkpoint)
      #expect(throws: Stopped.self) { try train(checkpoint, stoppingAt: 15) }
      let early = try Data(contentsOf: checkpoint)
      #expect(throws: Stopped.self) { try train(checkpoint, stoppingAt: 300) }
      try early.write(to: checkpoint)
      // What was kept is checked as a whole before the training goes on.
      let kept = try (Data(contentsOf: best), Safetensors.read(from: best))
      for damage in [{ $0.values.first! }, { _ in Tensor.zeros([2, 2]) }]
        as [([String: Tensor]) -> Tensor]
      {
        let name = try #require(kept.1.tensors.keys.min())
        let others = kept.1.tensors.filter { $0.key != name }
        let tensors = others.merging([name: damage(others)]) { $1 }
        try Safetensors.write(tensors, metadata: kept.1.metadata, to: best)
        #expect(refusal { try train(checkpoint) }?.contains("is damaged: delete it") == true)
      }
      try kept.0.write(to: best)
      let trained = try train(checkpoint)
      #expect(trained.looks.map(\.step) == (1...40).map { $0 * 10 })
      let file = world.folder.appendingPathComponent("again.safetensors")
      try trained.network.save(to: file)
      #expect(try Safetensors.read(from: file).tensors.keys.sorted().count == 4)
      let own = try Safetensors.read(from: folder.file("control.safetensors")).tensors
      for (name, tensor) in try Safetensors.read(from: file).tensors {
        #expect(tensor.scalars(Float.self) == own[name]?.scalars(Float.self))
      }
      #expect(FileManager.default.fileExists(atPath: best.path))
    }
  }

  @Test func patienceEndsATrainingEarly() throws {
    try withCompressWorld { world in
      var asked = options(world, "patient")
      asked.patience = 3
      let folder = try world.run(asked).folder
      let seen = try looks(folder, "control")
      let best = try #require(seen.indices.min { seen[$0].validation < seen[$1].validation })
      #expect(seen.count == best + 4 && seen.count < 40)
      let whole = try world.run(options(world, "whole")).folder
      #expect(try looks(whole, "control").prefix(seen.count) == seen[...])
    }
  }

  /// Without validation examples all are learnt from, and the last weights count.
  @Test func thereMayBeNoValidationExamples() throws {
    try withCompressWorld { world in
      var asked = options(world, "none")
      (asked.validation, asked.limit) = (0, nil)
      let (folder, said) = try world.run(asked)
      #expect(said.text.contains("300 examples to learn from, 0 to choose by"))
      #expect(try CompressionPlan.recorded(in: folder).training.keep == .last)
      #expect(try looks(folder, "student").isEmpty)
    }
  }

  /// A certificate trains the run's networks again: the same best ones, bit for bit.
  @Test func certificatesAreOfTheBest() throws {
    try withCompressWorld { world in
      let folder = try world.run(options(world, "certified")).folder
      let said = Transcript()
      try runCertify(
        CertifyOptions(run: folder.url.path, seeds: 2),
        on: .cpu,
        program: Provenance.Content(name: "distill", bytes: 1, sha256: "ab12"),
        Console(.json, results: said.output(), remarks: said.output()).work()
      )
      #expect(said.text.contains("control 1 of 2: the same, bit for bit"))
      let names = try FileManager.default.contentsOfDirectory(
        atPath: folder.file("certificate").path
      )
      #expect(!names.contains { $0.contains("best") })
    }
  }
}
