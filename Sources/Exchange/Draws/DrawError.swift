/// Why posterior draws could not be read: one sentence that says what, where, and what to do.
public struct DrawError: Error, CustomStringConvertible, Hashable, Sendable {
  public let description: String

  init(_ description: String) { self.description = description }
}
