/// How the parameters that a student ends with are averaged over its steps (Polyak & Juditsky 1992).
public enum Averaging: Sendable, Equatable {
  /// The last step's.
  case none
  /// Exponentially: each step moves the average by this part of the way to the parameters, and more
  /// at the beginning, so that the start is forgotten.
  case exponential(rate: Double)
  /// The mean over all steps from this one on.
  case mean(from: Int)

  /// What part of the way the average moves after `step` steps before.
  func factor(_ step: Int) -> Double {
    switch self {
    case .none: 0
    case .exponential(let rate): max(rate, 1 / (0.1 * Double(step) + 1))
    case .mean(let first): step < first ? 1 : 1 / Double(step - first + 1)
    }
  }
}
