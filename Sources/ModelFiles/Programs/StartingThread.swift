import Foundation

/// The one thread that starts programs, and never ends: on Linux they are killed when the thread that
/// started them ends, so that none outlives this program.
final class StartingThread: @unchecked Sendable {
  static let shared = StartingThread()

  private let condition = NSCondition()
  private var waiting: [() -> Void] = []

  private init() {
    let thread = Thread { [self] in
      while true { next()() }
    }
    thread.name = "distill.programs"
    thread.start()
  }

  private func next() -> () -> Void {
    condition.lock()
    defer { condition.unlock() }
    while waiting.isEmpty { condition.wait() }
    return waiting.removeFirst()
  }

  /// Does it there, and waits for it.
  func perform(_ body: @escaping @Sendable () -> Void) {
    let isDone = DispatchSemaphore(value: 0)
    condition.lock()
    waiting.append {
      body()
      isDone.signal()
    }
    condition.signal()
    condition.unlock()
    isDone.wait()
  }
}
