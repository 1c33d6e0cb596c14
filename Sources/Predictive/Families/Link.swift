import Foundation
import Mathematics
import Probability
import Tensors

private let logNormalCumulative = Operator("aten::special_log_ndtr")
private let normalCumulative = Operator("aten::special_ndtr")

/// A curve from 0 to 1 that turns a number into a probability.
public enum Link: String, Codable, Sendable, CaseIterable {
  /// σ(z) = 1 / (1 + exp(−z)).
  case logistic
  /// Φ(z), the standard normal's cumulative.
  case probit

  /// s(z), 1 − s(z) = s(−z), s′(z) and s″(z).
  struct Evaluation {
    let value: Double
    let complement: Double
    let slope: Double
    let curvature: Double
  }

  /// Each with full relative precision in both tails.
  @inline(__always)
  func evaluate(_ z: Double) -> Evaluation {
    switch self {
    case .logistic:
      let e = exp(-abs(z))
      let large = 1 / (1 + e)
      let small = e * large
      let (value, complement) = z >= 0 ? (large, small) : (small, large)
      let slope = large * small
      return Evaluation(
        value: value,
        complement: complement,
        slope: slope,
        curvature: slope * (complement - value)
      )
    case .probit:
      let slope = exp(-0.5 * z * z - StandardNormal.logSqrtTwoPi)
      return Evaluation(
        value: 0.5 * erfc(-z * 0.5.squareRoot()),
        complement: 0.5 * erfc(z * 0.5.squareRoot()),
        slope: slope,
        curvature: -z * slope
      )
    }
  }

  /// s(z) of every element.
  func value(_ z: Tensor) -> Tensor {
    switch self {
    case .logistic: z.sigmoid
    case .probit: normalCumulative(.tensor(z))
    }
  }

  /// log s(z) of every element, finite where s underflows.
  func logValue(_ z: Tensor) -> Tensor {
    switch self {
    case .logistic: z.logSigmoid
    case .probit: logNormalCumulative(.tensor(z))
    }
  }

  /// s′(z) of every element, of which s(z) and s(−z) are known.
  func slope(_ z: Tensor, _ value: Tensor, _ complement: Tensor) -> Tensor {
    switch self {
    case .logistic: value * complement
    case .probit: (z.squared * -0.5 - StandardNormal.logSqrtTwoPi).exponential
    }
  }

  /// How formulas write it.
  var symbol: String { self == .logistic ? "σ" : "Φ" }
}
