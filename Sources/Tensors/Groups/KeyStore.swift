import CTorch
import Foundation

/// Keys and values that the processes of a group share.
final class KeyStore {
  let raw: dt_store
  /// Of the file.
  private var folder: String?

  /// In a file that all of them see.
  init(file: URL, size: Int) throws {
    guard let raw = dt_store_in_file(file.path, Int32(size)) else { throw Self.failure }
    self.raw = raw
    folder = file.deletingLastPathComponent().path
  }

  /// At a port of a host, where one of them serves it.
  init(
    host: String,
    port: Int,
    isServing: Bool,
    prefix: String,
    within time: Duration
  ) throws {
    guard
      let raw = dt_store_at_port(host, UInt16(port), isServing, prefix, time.milliseconds)
    else { throw Self.failure }
    self.raw = raw
  }

  deinit {
    // The last process takes the file away, and the folder if nothing else is in it.
    dt_store_release(raw)
    if let folder { rmdir(folder) }
  }

  func set(_ key: String, _ value: String) throws {
    guard dt_store_set(raw, key, value) == 0 else { throw Self.failure }
  }

  func has(_ key: String) throws -> Bool {
    let found = dt_store_has(raw, key)
    guard found >= 0 else { throw Self.failure }
    return found == 1
  }

  /// Nil where the key is not there yet.
  func value(_ key: String) throws -> String? {
    guard try has(key) else { return nil }
    guard let value = dt_store_get(raw, key) else { throw Self.failure }
    return String(cString: value)
  }

  private static var failure: ProcessGroupError { .broken(String(cString: dt_last_error())) }
}

/// A wait that ends.
struct Waiting {
  let patience: Duration
  private let isCancelled: () -> Bool
  private let end: ContinuousClock.Instant

  init(_ patience: Duration, _ isCancelled: @escaping () -> Bool) {
    (self.patience, self.isCancelled) = (patience, isCancelled)
    end = .now + patience
  }

  struct Ended: Error {}

  /// Sleeps a moment.
  ///
  /// - Throws: ``Ended``, or that it was cancelled.
  func pause() throws {
    if isCancelled() { throw ProcessGroupError.cancelled }
    guard ContinuousClock.now < end else { throw Ended() }
    usleep(10_000)
  }

  /// What there is at last.
  ///
  /// - Parameter missing: What to say when the time is over.
  func until<Result>(
    _ missing: () -> ProcessGroupError,
    _ find: () throws -> Result?
  ) throws -> Result {
    while true {
      if let result = try find() { return result }
      do { try pause() } catch is Ended { throw missing() }
    }
  }
}
