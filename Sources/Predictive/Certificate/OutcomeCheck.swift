import Distillation
import Foundation
import Mathematics
import Reporting
import Tensors

/// Whether draws predict the outcomes of the data better than someone who knows their frequencies, or
/// their mean, alone.
package struct OutcomeCheck {
  /// What is suspicious, and why it may be; nil where nothing is.
  package let warning: String?

  /// The most rows that are looked at, and the most draws.
  private static let most = 2_000

  /// - Parameter outcomes: One for each row of the problem.
  /// - Returns: Nil where there are none, or the model predicts no outcomes at inputs.
  package init?(_ problem: PredictiveProblem, _ seen: RetainedDraws, _ outcomes: [Double]?) throws {
    guard let rows = problem.rows, let outcomes, outcomes.count == rows.shape[0],
      !outcomes.isEmpty, problem.model.quantity != .densities
    else { return nil }
    let bag = try PosteriorBag.thinned(seen.bag.map(problem.change), to: Self.most)
    let some = Array(outcomes.prefix(Self.most))
    let places =
      problem.isTabulated
      ? Tensor(some.indices.map { [Double($0)] }) : rows[0..<some.count]
    let observed = try Self.observation(problem.model, bag, at: places)
    if problem.model.quantity == .probabilities {
      let logs = try observed.logProbabilities()
      guard some.allSatisfy({ (0..<Double(logs.shape[1])).contains($0) }) else { return nil }
      warning =
        LabelCheck(ClassPredictions(logProbabilities: logs, labels: Tensor(some.map { Int($0) })))
        .warning(advice: "the order of the classes, and the names and scaling of the inputs")
    } else {
      let (shift, scale) = problem.outcome
      let means = observed.values.reshaped(to: [-1]).scalars(Double.self).map { shift + scale * $0 }
      warning = Self.warning(means, some)
    }
  }

  private static func observation(
    _ model: some PredictiveModel,
    _ bag: [[Double]],
    at rows: Tensor
  ) throws -> Observation {
    try PosteriorPredictive(Tensor(bag), of: model).observe(rows)
  }

  /// What means that are worse than that of all outcomes say.
  package static func warning(_ means: [Double], _ outcomes: [Double]) -> String? {
    guard means.count == outcomes.count else { return nil }
    let mean = outcomes.reduce(0, +) / Double(outcomes.count)
    let own = zip(means, outcomes).map { ($0 - $1) * ($0 - $1) }
    let usual = outcomes.map { ($0 - mean) * ($0 - mean) }
    // Two standard errors, so that fair draws at few rows are not suspected.
    let excess = Estimate(of: zip(own, usual).map(-))
    let error = excess.standardError.isNaN ? 0 : excess.standardError
    guard excess.mean.isNaN || excess.mean - 2 * error > 0 else { return nil }
    func root(_ squares: [Double]) -> Double {
      (squares.reduce(0, +) / Double(squares.count)).squareRoot()
    }
    return String(
      format:
        "the draws predict these outcomes worse than their mean does: they miss by %.4g (root mean "
        + "square) where the mean misses by %.4g; look at the names and scaling of the inputs, the "
        + "intercept and the units of the outcome",
      root(own),
      root(usual)
    )
  }
}
