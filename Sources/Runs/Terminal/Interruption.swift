import Dispatch
import Exchange
import Foundation

/// Ctrl-C, taken politely: the first SIGINT or SIGTERM asks long work to stop after the step it is
/// in, the second ends the program at once. A terminal that is closed (SIGHUP) only asks: it says so
/// more than once. Programs begun with `nohup` do not hear it.
///
/// ```swift
/// try Interruption.listening { interruption in
///   while !interruption.isRequested { step() }
/// }
/// ```
public final class Interruption: @unchecked Sendable {
  /// The exit code of a program ended by Ctrl-C.
  public static let exitCode: Int32 = 128 + SIGINT

  private let lock = NSLock()
  private var count = 0
  private var sources: [any DispatchSourceSignal] = []
  private let write: @Sendable (String) -> Void
  private let quit: @Sendable () -> Void

  /// - Parameters:
  ///   - write: Where the notice goes. The default is standard error.
  ///   - quit: How the program ends at the second signal. The default skips everything that would
  ///     happen at a normal exit, because work is still going on in other threads.
  public init(
    write: @escaping @Sendable (String) -> Void = { Output.standardError.write($0) },
    quit: @escaping @Sendable () -> Void = { _exit(Interruption.exitCode) }
  ) {
    self.write = write
    self.quit = quit
  }

  /// Whether work is to stop after the step it is in.
  public var isRequested: Bool { lock.withLock { count > 0 } }

  /// Does work that Ctrl-C stops politely.
  ///
  /// - Throws: What the work throws.
  public static func listening<Result>(_ work: (Interruption) throws -> Result) rethrows -> Result {
    let interruption = Interruption()
    interruption.listen()
    return try withExtendedLifetime(interruption) {
      try interruption.accompanying { try work(interruption) }
    }
  }

  /// Does work that finds this however deep it is, such as hashing.
  public func accompanying<Result>(_ work: () throws -> Result) rethrows -> Result {
    try Stopping.$current.withValue(Stopping { self.isRequested }, operation: work)
  }

  /// What was asked for is done: the next signal asks again.
  public func forget() { lock.withLock { count = 0 } }

  /// Takes over signals from now on.
  ///
  /// They arrive on a queue of their own, where printing is safe, however busy the program is. The
  /// object must live as long as they are to be heard.
  public func listen(to signals: [Int32] = [SIGINT, SIGTERM], hangingUp: Int32 = SIGHUP) {
    let queue = DispatchQueue(label: "distill.interruption")
    sources = (signals + [hangingUp]).compactMap { number in
      let before = unsafeBitCast(signal(number, SIG_IGN), to: Int.self)
      if number == hangingUp, before == unsafeBitCast(SIG_IGN, to: Int.self) { return nil }
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { [unowned self] in
        if number != hangingUp || !isRequested { arrive() }
      }
      // A signal that came before the source is registered would be lost.
      let isRegistered = DispatchSemaphore(value: 0)
      source.setRegistrationHandler { isRegistered.signal() }
      source.resume()
      isRegistered.wait()
      return source
    }
  }

  /// A signal came.
  public func arrive() {
    let isFirst = lock.withLock {
      count += 1
      return count == 1
    }
    if isFirst {
      write("\nstopping after this step; press again to quit at once\n")
    } else {
      quit()
    }
  }
}
