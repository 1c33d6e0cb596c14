/// A term of a loss at a step.
public struct TermSample: Sendable, Equatable {
  /// The term with its weight, such as `0.1 * derivativeSquaredError`.
  public let term: String
  /// What it adds to the loss: its value with its weight.
  public let value: Double
  /// How long its gradient is, with its weight.
  public let gradientNorm: Double
}

/// When the terms of a loss are looked at one by one, which takes several times as long as a step: as
/// often as a share of the time allows.
struct TermSampler {
  /// The most time to spend, as a share of all; 0 for none.
  let share: Double
  /// At least so many steps lie between two looks.
  let every: Int
  private var spent = 0.0
  /// How long a look takes.
  private var cost: Double
  private var next = 0

  /// - Parameter cost: How long a look took before; 0 where that is not known.
  init(share: Double, every: Int, cost: Double) {
    (self.share, self.every, self.cost) = (share, every, cost)
  }

  /// - Parameter seconds: How long the training goes on.
  func isDue(at step: Int, after seconds: Double) -> Bool {
    share > 0 && step >= next && spent + cost <= share * seconds
  }

  mutating func took(_ seconds: Double, at step: Int) {
    spent += seconds
    cost = seconds
    next = step + every
  }
}
