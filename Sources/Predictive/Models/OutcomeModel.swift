import Foundation
import Mathematics
import Probability
import Tensors

/// A model that says how probable an outcome is, given one draw: needed to compare predictive
/// distributions of numbers and counts, of which the prediction is only the mean.
public protocol OutcomeModel: PredictiveModel {
  /// log p(value | x, draw): a log-density of real outcomes, a log-probability of classes and counts.
  func logProbability(
    of value: Double,
    given draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>
  ) -> Double
}

extension OutcomeModel {
  /// log 1/M Σ_m p(value | x, w_m): that of the posterior predictive.
  public func logProbability(of value: Double, given draws: [[Double]], at input: [Double])
    -> Double
  {
    let terms = draws.map { draw in
      draw.withUnsafeBufferPointer { draw in
        input.withUnsafeBufferPointer { input in
          // A model without inputs never looks at them.
          logProbability(
            of: value,
            given: draw.baseAddress!,
            at: input.baseAddress ?? draw.baseAddress!
          )
        }
      }
    }
    return logSumExp(terms) - log(Double(draws.count))
  }
}
