/// Why a student cannot be exported.
public struct ExportError: Error, CustomStringConvertible {
  /// One sentence.
  public let description: String

  public init(_ description: String) { self.description = description }
}
