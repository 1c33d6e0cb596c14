/// What could not be detected, measured or composed, in one sentence.
public struct VisionError: Error, CustomStringConvertible, Hashable, Sendable {
  /// What, where, and what to do about it.
  public let description: String

  public init(_ description: String) { self.description = description }
}
