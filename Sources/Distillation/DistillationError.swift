/// What a distillation could not do, in one sentence.
public struct DistillationError: Error, CustomStringConvertible, Sendable {
  /// What, where, and what to do about it.
  public let description: String

  public init(_ description: String) { self.description = description }
}
