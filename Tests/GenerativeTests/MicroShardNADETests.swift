import Distillation
import Foundation
import Networks
import Tensors
import Testing

@testable import Generative

/// A NADE whose batches several processes share.
@Suite struct MicroShardNADETests {
  /// A training of 10 steps towards an RBM's log-densities and their derivatives.
  static func train(_ shards: MicroShards?, steps: Int = 10, rate: Double = 0.02) throws -> [Float]
  {
    let student = NADE(inputs: 8, hidden: 20, using: RandomGenerator(seed: 1))
    let loss: Loss = .negativeLogLikelihood + 0.02 * .derivativeSquaredError
    try Machine.with(threads: 1) {
      try Distiller(student, minimizing: loss, using: SGD(learningRate: rate), sharing: shards).run(
        on: Examples(allStates(8)).batches(of: 50, epochs: nil, shuffled: 4).limited(to: steps),
        observing: NADEDistillationTests.rbm
      )
    }
    return student.tensors.flatMap { $0.scalars(Float.self) }
  }

  @Test func partsAreAStepOfTheWhole() throws {
    let (parted, whole) = try (
      Self.train(MicroShards(7), steps: 1, rate: 1), Self.train(nil, steps: 1, rate: 1)
    )
    let start = try Self.train(nil, steps: 0)
    #expect(zip(parted, whole).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(zip(parted, start).contains { abs($0 - $1) > 1e-3 })
  }

  @Test(arguments: [2, 4])
  func processesMakeTheSameBits(size: Int) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let alone = try Self.train(MicroShards(4))
    await withTaskGroup(of: Void.self) { tasks in
      for rank in 0..<size {
        tasks.addTask {
          await #expect(processExitsWith: .success) {
            [rank = rank as Int, size = size as Int, folder = folder as String] in
            let group = try ProcessGroup(
              rank: rank,
              size: size,
              at: .folder(URL(fileURLWithPath: folder)),
              patience: .seconds(60)
            )
            let numbers = try MicroShardNADETests.train(MicroShards(4, over: group))
            let bytes = numbers.withUnsafeBytes { Data($0) }
            try bytes.write(to: URL(fileURLWithPath: "\(folder)/\(rank)"))
          }
        }
      }
    }
    for rank in 0..<size {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(rank)"))
      #expect(bytes == alone.withUnsafeBytes { Data($0) }, "rank \(rank) of \(size)")
    }
  }
}
