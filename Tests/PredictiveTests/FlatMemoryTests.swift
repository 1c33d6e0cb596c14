import Distillation
import Foundation
import Networks
import Probability
import Tensors
import Testing

@testable import Predictive

/// Online distillation keeps no draw: the memory of the process does not grow with their number.
@Suite struct FlatMemoryTests {
  /// Draws that would be missed: 1,000 numbers each, 8 kB, so that a hundred thousand kept draws are
  /// 800 MB.
  private final class WideDraws: DrawStream {
    private var random = RandomStream(seed: 1)
    private(set) var given = 0
    private var template = [Double](repeating: 0, count: 1_000)

    func next() -> [Double]? {
      given += 1
      template[given % 1_000] = random.uniform()
      // A copy of its own, as a file would give.
      return template.map { $0 }
    }

    func restart() { random = RandomStream(seed: 1) }
  }

  /// Half of what kept draws would take.
  private static let limit = 360 << 20

  /// Resident bytes of this process.
  private var residentBytes: Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
      let pages = Int(text.split(separator: " ")[1])
    else { return 0 }
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/statm")))
  func memoryDoesNotGrowWithDraws() throws {
    let draws = WideDraws()
    let model = ClosureModel(dimension: 1_000, inputs: 1, outputs: 2, .probabilities) { draw, _ in
      [draw[0], 1 - draw[0]]
    }
    let online = OnlinePredictive(
      draws,
      of: model,
      at: Noise([1], batchesOf: 100, seed: 1, .float64)
    )
    let student = Distiller(
      MixtureOfLogistics([[0.1]]),
      minimizing: .softCrossEntropy(),
      using: SGD(learningRate: 1e-3)
    )
    func step(to count: Int) throws {
      while draws.given < count {
        try student.step(on: #require(try online.batch(student.stepsDone)))
      }
    }
    try step(to: 10_000)
    let before = residentBytes
    try step(to: 100_000)
    // 90,000 draws are 720 MB. Other tests of this process may hold some memory for a while.
    var growth = residentBytes - before
    for _ in 0..<50 where growth > Self.limit {
      usleep(100_000)
      growth = min(growth, residentBytes - before)
    }
    #expect(growth < Self.limit, "grew by \(growth >> 20) MiB")
  }
}
