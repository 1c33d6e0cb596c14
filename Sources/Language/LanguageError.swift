/// What could not be tokenized, embedded or read, in one sentence.
public struct LanguageError: Error, CustomStringConvertible, Hashable, Sendable {
  /// What, where, and what to do about it.
  public let description: String

  public init(_ description: String) { self.description = description }
}
