import Foundation

/// Where and how often a run writes checkpoints, and whether it resumes from one that is there.
///
/// One is also written when the run ends or is stopped.
public struct CheckpointPolicy: Sendable {
  /// A safetensors file.
  public var file: URL
  /// Steps after which the next one is written, or nil to go by time alone.
  public var everySteps: Int?
  /// Seconds after which the next one is written, or nil to go by steps alone.
  public var everySeconds: Double?
  /// Whether a run resumes from the file when there is one.
  public var resuming: Bool

  /// - Parameters:
  ///   - everySeconds: The default is half a minute: little is lost, and writing costs nothing
  ///     beside it.
  ///   - resuming: The default is to go on, so that the same program run again finishes its work.
  public init(
    _ file: URL,
    everySteps: Int? = nil,
    everySeconds: Double? = 30,
    resuming: Bool = true
  ) {
    self.file = file
    self.everySteps = everySteps
    self.everySeconds = everySeconds
    self.resuming = resuming
  }

  package var canResume: Bool { resuming && FileManager.default.fileExists(atPath: file.path) }

  package func isDue(steps: Int, seconds: Double) -> Bool {
    everySteps.map { steps >= $0 } ?? false || everySeconds.map { seconds >= $0 } ?? false
  }
}
