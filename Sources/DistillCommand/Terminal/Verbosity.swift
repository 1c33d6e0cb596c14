/// What a command prints.
enum Verbosity: String, Codable {
  /// Progress and results for people.
  case normal
  /// Results only.
  case quiet
  /// JSON, one object a line, for machines.
  case json
}
