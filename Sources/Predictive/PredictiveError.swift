/// What a compact predictive distribution could not be made from, in one sentence.
public struct PredictiveError: Error, CustomStringConvertible, Hashable, Sendable {
  /// What, where, and what to do about it.
  public let description: String

  public init(_ description: String) { self.description = description }
}
