import Foundation
import Testing

@testable import Tensors

@Suite struct ThreadTests {
  /// Runs `body` on `count` threads at once, and gives what each returned.
  private func onThreads<Result: Sendable>(
    _ count: Int,
    _ body: @escaping @Sendable (Int) -> Result
  ) -> [Result] {
    let lock = NSLock()
    nonisolated(unsafe) var results: [Int: Result] = [:]
    DispatchQueue.concurrentPerform(iterations: count) { index in
      let result = body(index)
      lock.withLock { results[index] = result }
    }
    return (0..<count).map { results[$0]! }
  }

  @Test func threadsWithTheirOwnTensorsDoNotDisturbEachOther() {
    let sums = onThreads(4) { index in
      let x = Tensor.full(Double(index), [10], .float64)
      return (0..<200).map { _ in
        gradient(at: x) { x in
          gradient(at: x) { $0.raised(to: 3).sum() }.sum()
        }.sum().doubleValue
      }
    }
    for (index, sums) in sums.enumerated() {
      #expect(sums.allSatisfy { $0 == 60 * Double(index) })
    }
  }

  @Test func modeAndScopeBelongToTheThread() {
    let seen = withoutGradient {
      try? withTorchErrors {
        Thread.onAnother { () -> (Bool, Bool) in
          let recorded = (Tensor(1.0).startingGraph * 2).isTracked
          return (recorded, ThreadState.errorScope == nil)
        }
      }
    }
    #expect(seen?.0 == true && seen?.1 == true)
  }

  @Test func failuresStayOnTheirThread() {
    let messages = onThreads(4) { index -> String in
      do {
        return try withTorchErrors {
          _ = Tensor.ones([index + 2]) + Tensor.ones([index + 20])
          return "none"
        }
      } catch { return "\(error)" }
    }
    for (index, message) in messages.enumerated() {
      #expect(message.hasPrefix("add of [\(index + 2)] and [\(index + 20)]"))
    }
  }
}

extension Thread {
  /// The result of `body` on a thread of its own.
  fileprivate static func onAnother<Result: Sendable>(
    _ body: @escaping @Sendable () -> Result
  ) -> Result {
    let done = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var result: Result?
    Thread {
      result = body()
      done.signal()
    }.start()
    done.wait()
    return result!
  }
}
