/// What could not be heard or measured, in one sentence.
public struct SpeechError: Error, CustomStringConvertible, Hashable, Sendable {
  /// What, where, and what to do about it.
  public let description: String

  public init(_ description: String) { self.description = description }
}
