import Foundation

/// How the learning rate changes: a factor for each step, counted from 0.
///
/// ```swift
/// let schedule = Schedule.cosine(over: 900).warmedUp(over: 100)
/// optimizer.learningRate = 1e-3 * schedule(step)
/// ```
public struct Schedule: Sendable {
  private let factor: @Sendable (_ step: Int) -> Double

  public init(_ factor: @escaping @Sendable (_ step: Int) -> Double) { self.factor = factor }

  /// The factor of the learning rate at a step.
  public func callAsFunction(_ step: Int) -> Double { factor(step) }

  /// 1 throughout.
  public static let constant = Schedule { _ in 1 }

  /// From 1 at step 0 straight to `end` at step `steps`, and `end` from there on.
  public static func linear(over steps: Int, to end: Double = 0) -> Schedule {
    Schedule { 1 + (end - 1) * progress($0, of: steps) }
  }

  /// end + (1 − end)·(1 + cos(π·step/steps))/2, and `end` after that (Loshchilov & Hutter 2017).
  public static func cosine(over steps: Int, to end: Double = 0) -> Schedule {
    Schedule { end + (1 - end) * (1 + cos(.pi * progress($0, of: steps))) / 2 }
  }

  /// Multiplied by `factor` after every `length` steps.
  public static func stepped(every length: Int, by factor: Double) -> Schedule {
    precondition(length > 0, "Schedule.stepped: every \(length) steps")
    return Schedule { pow(factor, Double($0 / length)) }
  }

  /// factor^step.
  public static func exponential(_ factor: Double) -> Schedule {
    Schedule { pow(factor, Double($0)) }
  }

  /// A straight rise over the first `steps` steps, (step + 1)/steps, and then this schedule from
  /// its beginning.
  public func warmedUp(over steps: Int) -> Schedule {
    Schedule { step in step < steps ? Double(step + 1) / Double(steps) : self(step - steps) }
  }

  /// Both factors multiplied.
  public static func * (a: Schedule, b: Schedule) -> Schedule { Schedule { a($0) * b($0) } }
}

/// How much of the way is behind, at most all of it.
private func progress(_ step: Int, of steps: Int) -> Double {
  steps <= 0 ? 1 : min(Double(step) / Double(steps), 1)
}
