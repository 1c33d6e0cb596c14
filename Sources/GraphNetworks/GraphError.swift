/// What no graph could be made of, in one sentence.
public struct GraphError: Error, CustomStringConvertible, Hashable, Sendable {
  /// What, where, and what to do about it.
  public let description: String

  public init(_ description: String) { self.description = description }
}
