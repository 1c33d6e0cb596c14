/// How much a program says.
public enum Verbosity: String, Codable, Sendable {
  /// Progress and results for people.
  case normal
  /// Results only.
  case quiet
  /// JSON, one object a line, for machines.
  case json
}
