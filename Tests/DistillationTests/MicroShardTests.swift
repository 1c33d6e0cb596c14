import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

/// Steps whose batches are parted, by one process and by several.
@Suite struct MicroShardTests {
  /// What processes train.
  enum Student: String, CaseIterable, Codable {
    case perceptron, dropout, convolutional
  }

  /// A training of 12 steps that a process takes part in, and the bits that come out.
  struct Training {
    var student = Student.perceptron
    var parts = 4
    var batch = 20
    var loss: Loss = .softCrossEntropy() + 0.5 * .crossEntropy()
    var checkpoint: URL?

    func fresh() -> any Module {
      let generator = RandomGenerator(seed: 6)
      switch student {
      case .perceptron: return MLP([64, 12, 7, 4], activation: .tanh, using: generator)
      case .dropout: return Forgetful(using: generator)
      case .convolutional: return Convolutional(using: generator)
      }
    }

    var examples: Examples {
      let generator = RandomGenerator(seed: 5)
      let inputs = Tensor.normal([90, 64], using: generator)
      return Examples(
        student == .convolutional ? inputs.reshaped(to: [90, 1, 8, 8]) : inputs,
        labels: .randomIntegers(0..<4, [90], using: generator)
      )
    }

    func teacher() -> some Teacher {
      let network = MLP([64, 9, 4], using: RandomGenerator(seed: 8))
      return ClosureTeacher { inputs, _ in
        Observation(network(inputs.flattened(from: 1)), meaning: .logits)
      }
    }

    @discardableResult
    func run(
      over group: ProcessGroup? = nil,
      steps: Int = 12,
      progress: @escaping (TrainingProgress) throws -> Continuation = { _ in .proceed }
    ) throws -> (bits: Bits, record: TrainingRecord) {
      func run(_ network: some Module) throws -> (Bits, TrainingRecord) {
        let distiller = Distiller(
          network,
          minimizing: loss,
          using: Adam(learningRate: 0.01),
          seed: 3,
          sharing: try MicroShards(parts, over: group)
        )
        let record = try distiller.run(
          on: examples.batches(of: batch, epochs: nil, shuffled: 2).limited(to: steps),
          observing: teacher(),
          checkpointing: group.map { $0.rank > 0 } == true
            ? nil : checkpoint.map { CheckpointPolicy($0, everySteps: 1) },
          progress: progress
        )
        return (network.bits, record)
      }
      return try Machine.with(threads: 1) { try run(fresh()) }
    }
  }

  struct Forgetful: Module {
    let first: Linear
    let last: Linear

    init(using generator: RandomGenerator) {
      first = Linear(64, 16, using: generator)
      last = Linear(16, 4, using: generator)
    }

    func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
      last(Dropout(0.3)(first(input, pass).tanh, pass), pass)
    }
  }

  struct Convolutional: Module {
    let first: Convolution2D
    let last: Linear

    init(using generator: RandomGenerator) {
      first = Convolution2D(1, 4, size: 3, using: generator)
      last = Linear(144, 4, using: generator)
    }

    func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
      last(first(input, pass).tanh.flattened(from: 1), pass)
    }
  }

  @Test func everyNumberOfProcessesAddsTheSameTree() throws {
    let generator = RandomGenerator(seed: 1)
    for count in 1...17 {
      let leaves = (0..<count).map { _ in Tensor.normal([50], using: generator) }
      let whole = MicroShards.sum(0..<count) { $0.count == 1 ? leaves[$0.lowerBound] : nil }
      for size in 1...count {
        var sums: [Range<Int>: Tensor] = [:]
        var owned: [Int] = []
        let shards = try MicroShards(count)
        for rank in 0..<size {
          owned += Array(shards.own(of: rank, among: size))
          for piece in shards.pieces(of: rank, among: size) {
            sums[piece] = MicroShards.sum(piece) { $0.count == 1 ? leaves[$0.lowerBound] : nil }
          }
        }
        #expect(owned == Array(0..<count))
        let shared = MicroShards.sum(0..<count) { sums[$0] }
        #expect(shared.scalars(Float.self) == whole.scalars(Float.self), "\(count) by \(size)")
      }
      // The order of a tree matters to the last bit, or nothing was tested.
      let row = leaves.dropFirst().reduce(leaves[0]) { $0 + $1 }
      if count > 8 { #expect(row.scalars(Float.self) != whole.scalars(Float.self)) }
    }
  }

  /// A step parted into micro-shards is a step along the gradient of the whole batch.
  @Test(arguments: Student.allCases.filter { $0 != .dropout }, [1, 3, 8])
  func partsAreAStepOfTheWhole(student: Student, parts: Int) throws {
    let training = Training(student: student, parts: parts)
    let (shared, whole) = (training.fresh(), training.fresh())
    func step(_ network: some Module, _ shards: MicroShards?) throws -> Double {
      try Distiller(
        network,
        minimizing: training.loss,
        using: SGD(learningRate: 0.5),
        sharing: shards
      ).step(
        on: training.examples.batches(of: 20, shuffled: 2).batch(0)!,
        observing: training.teacher()
      )
    }
    let losses = try (step(shared, MicroShards(parts)), step(whole, nil))
    #expect(abs(losses.0 - losses.1) < 1e-5)
    for (one, other) in zip(shared.parameters, whole.parameters) {
      #expect((one.value - other.value).magnitude.maximum().doubleValue < 1e-5)
    }
    #expect(shared.bits != training.fresh().bits)
  }

  @Test(arguments: Student.allCases)
  func processesMakeTheSameBits(student: Student) async throws {
    let alone = try Training(student: student).run().bits
    for size in [2, 4] {
      let folder = Self.temporary()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      await withTaskGroup(of: Void.self) { tasks in
        for rank in 0..<size {
          tasks.addTask {
            await #expect(processExitsWith: .success) {
              [
                rank = rank as Int, size = size as Int, folder = folder as String,
                name = student.rawValue as String
              ] in
              let group = try ProcessGroup(
                rank: rank,
                size: size,
                at: .folder(URL(fileURLWithPath: folder)),
                patience: .seconds(60)
              )
              let bits = try Training(student: Student(rawValue: name)!).run(over: group).bits
              try Data(bits.bytes.flatMap { $0 }).write(
                to: URL(fileURLWithPath: "\(folder)/\(rank)")
              )
            }
          }
        }
      }
      for rank in 0..<size {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(rank)"))
        #expect(Array(bytes) == alone.bytes.flatMap { $0 }, "rank \(rank) of \(size)")
      }
    }
  }

  /// One of two is killed, the other says so and keeps what was done, and one process finishes it.
  @Test func whatAKilledProcessLeftIsGoneOnWith() async throws {
    let folder = Self.temporary()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let checkpoint = URL(fileURLWithPath: "\(folder)/checkpoint.safetensors")
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        await #expect(processExitsWith: .success) { [folder = folder as String] in
          let group = try ProcessGroup(rank: 0, size: 2, at: .folder(URL(fileURLWithPath: folder)))
          var training = Training(student: .dropout)
          training.checkpoint = URL(fileURLWithPath: "\(folder)/checkpoint.safetensors")
          do {
            try training.run(over: group)
            preconditionFailure("nobody was missed")
          } catch let error as ProcessGroupError {
            precondition(error == .gone([1], of: 2), "\(error)")
          }
        }
      }
      tasks.addTask {
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
          let group = try ProcessGroup(rank: 1, size: 2, at: .folder(URL(fileURLWithPath: folder)))
          try Training(student: .dropout).run(over: group) { step in
            if step.step == 5 { kill(getpid(), SIGKILL) }
            return .proceed
          }
        }
      }
    }
    var training = Training(student: .dropout)
    let whole = try training.run()
    training.checkpoint = checkpoint
    #expect(try Safetensors.read(from: checkpoint).metadata["step"] == "5")
    let resumed = try training.run()
    #expect(resumed.bits == whole.bits && resumed.record.steps == 12)
  }

  /// Whoever stops stops all, at the same step; what one process began two finish.
  @Test func allStopTogetherAndAnyNumberGoesOn() async throws {
    let folder = Self.temporary()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let checkpoint = URL(fileURLWithPath: "\(folder)/checkpoint.safetensors")
    let whole = try Training().run().bits
    var first = Training()
    first.checkpoint = checkpoint
    try first.run(steps: 4)
    await withTaskGroup(of: Void.self) { tasks in
      for rank in 0..<2 {
        tasks.addTask {
          await #expect(processExitsWith: .success) {
            [rank = rank as Int, folder = folder as String] in
            var training = Training()
            training.checkpoint = URL(fileURLWithPath: "\(folder)/checkpoint.safetensors")
            for (round, stop) in [7, 0].enumerated() {
              let group = try ProcessGroup(
                rank: rank,
                size: 2,
                at: .folder(URL(fileURLWithPath: "\(folder)/\(round)")),
                patience: .seconds(60)
              )
              let (bits, record) = try training.run(over: group) { step in
                rank == 1 && step.step == stop ? .stop : .proceed
              }
              precondition(record.steps == (stop > 0 ? 7 : 12), "\(record.steps)")
              precondition((record.ending == .stopped) == (stop > 0))
              try Data(bits.bytes.flatMap { $0 }).write(
                to: URL(fileURLWithPath: "\(folder)/b\(rank)")
              )
            }
          }
        }
      }
    }
    for rank in 0..<2 {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/b\(rank)"))
      #expect(Array(bytes) == whole.bytes.flatMap { $0 })
    }
  }

  @Test func whatFollowsWholeBatchesIsRefused() throws {
    let student = Restless(seed: 1)
    let distiller = Distiller(student, minimizing: .crossEntropy(), sharing: try MicroShards(2))
    let before = student.parameters.map { $0.value.scalars(Float.self) }
    let error = #expect(throws: DistillationError.self) {
      try distiller.step(on: someExamples().batches(of: 10, shuffled: 1).batch(0)!)
    }
    #expect(error?.description.contains("running_mean' follows whole batches") == true)
    #expect(student.parameters.map { $0.value.scalars(Float.self) } == before)
  }

  @Test func aLossThatIsNotFiniteMovesNothing() throws {
    var training = Training(student: .convolutional)
    training.loss = .crossEntropy()
    let network = training.fresh()
    let before = network.bits
    var batch = try training.examples.batches(of: 20, shuffled: 2).batch(0)!
    batch.inputs = batch.inputs / 0
    func step(_ network: some Module) throws {
      try Distiller(network, minimizing: training.loss, sharing: MicroShards(4)).step(on: batch)
    }
    #expect(throws: DistillationError.self) { try step(network) }
    #expect(network.bits == before)
  }

  static func temporary() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("distill-\(UUID().uuidString)")
      .path
  }
}
