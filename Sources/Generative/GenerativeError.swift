/// What a generative model, its distillation or an estimate could not do, in one sentence.
public struct GenerativeError: Error, CustomStringConvertible, Sendable {
  /// What, where, and what to do about it.
  public let description: String

  public init(_ description: String) { self.description = description }
}
