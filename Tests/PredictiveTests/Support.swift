import Distillation
import Foundation
import Networks
import Probability
import Tensors

@testable import Predictive

/// The thesis' two-dimensional logistic regression: 24 points in two clouds.
struct LogisticCase {
  let inputs: [[Double]]
  let labels: [Bool]
  let posterior: LogisticRegression
  let model = LinearPredictorModel(.logistic, inputs: 2)

  init(seed: UInt64 = 1) {
    let data = LogisticExperiment.data(seed: seed)
    (inputs, labels) = (data.inputs, data.labels)
    posterior = try! LogisticRegression(
      inputs: inputs,
      labels: labels,
      prior: GaussianPrior(dimension: 2, standardDeviation: 10)
    )
  }

  /// Draws of the posterior.
  func draws(_ count: Int, seed: UInt64 = 1) -> [[Double]] {
    Array(MarkovChain(SliceSampler(posterior), seed: seed).prefix(count))
  }
}

/// All parameters of a module in one row.
func flat(_ tensors: [Tensor]) -> [Double] { tensors.flatMap { $0.scalars(Double.self) } }

/// The largest |difference|.
func gap(_ a: [Double], _ b: [Double]) -> Double {
  precondition(a.count == b.count)
  return zip(a, b).map { abs($0 - $1) }.max() ?? 0
}

/// ∫ f over [low, high] by the trapezoidal rule, exponentially accurate for smooth f that vanish
/// at the ends.
func integral(_ low: Double, _ high: Double, steps: Int, _ f: (Double) -> Double) -> Double {
  let step = (high - low) / Double(steps)
  return (0...steps).reduce(0) { $0 + f(low + Double($1) * step) } * step
}

/// The z-score of a mean of independent values against its expectation.
func zScore(_ values: [Double], _ expectation: Double) -> Double {
  let count = Double(values.count)
  let mean = values.reduce(0, +) / count
  let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
  return (mean - expectation) / (variance / count).squareRoot()
}

/// Tests of hypotheses that are true fail once in 30,000 at this z.
let zLimit = 4.15
