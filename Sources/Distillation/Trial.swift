/// One way to do some work, tried among others: what was chosen, and what came of it.
public struct Trial: Equatable, Sendable {
  /// What a choice may be.
  public enum Setting: Equatable, Sendable {
    case number(Double)
    case text(String)
  }

  /// Which it is, such as "round 1, candidate 3".
  public var name: String
  /// What was chosen, by name.
  public var settings: [String: Setting]
  /// What was measured in the end, by the names of curves.
  public var measures: [String: Double]

  public init(name: String, settings: [String: Setting], measures: [String: Double]) {
    (self.name, self.settings, self.measures) = (name, settings, measures)
  }
}
