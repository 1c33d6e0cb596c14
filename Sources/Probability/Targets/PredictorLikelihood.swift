import Foundation
import Mathematics

/// How an outcome depends on a linear predictor `η = x · w`: one observation's log-likelihood and
/// its derivative, up to a constant.
///
/// A strategy is a value with static members: `.normal(noise:)`, `.probit`, `.poisson`.
public struct PredictorLikelihood: Sendable {
  /// `log p(y | η)` up to a constant.
  let logLikelihood: @Sendable (_ predictor: Double, _ outcome: Double) -> Double
  /// `∂ log p(y | η) / ∂η`.
  let slope: @Sendable (_ predictor: Double, _ outcome: Double) -> Double
  /// `−∂² log p(y | η) / ∂η²`, not negative.
  let curvature: @Sendable (_ predictor: Double, _ outcome: Double) -> Double
  /// What an outcome must be, or nil when it is.
  let complaint: @Sendable (_ outcome: Double) -> String?

  /// Linear regression with known noise: `y ~ N(η, noise²)`.
  public static func normal(noise: Double) -> PredictorLikelihood {
    precondition(noise > 0, "PredictorLikelihood.normal: the noise must be positive, not \(noise)")
    let precision = 1 / (noise * noise)
    return PredictorLikelihood(
      logLikelihood: { -0.5 * precision * ($1 - $0) * ($1 - $0) },
      slope: { precision * ($1 - $0) },
      curvature: { _, _ in precision },
      complaint: { $0.isFinite ? nil : "a finite number" }
    )
  }

  /// Probit regression: `P(y = 1) = Φ(η)`, outcomes 0 or 1.
  public static var probit: PredictorLikelihood {
    PredictorLikelihood(
      logLikelihood: { StandardNormal.logCumulative($1 > 0.5 ? $0 : -$0) },
      slope: { $1 > 0.5 ? StandardNormal.inverseMills($0) : -StandardNormal.inverseMills(-$0) },
      curvature: { predictor, outcome in
        let z = outcome > 0.5 ? predictor : -predictor
        let slope = StandardNormal.inverseMills(z)
        return max(slope * (slope + z), 0)
      },
      complaint: { $0 == 0 || $0 == 1 ? nil : "0 or 1" }
    )
  }

  /// Poisson regression: counts with mean `exp(η)`.
  public static var poisson: PredictorLikelihood {
    PredictorLikelihood(
      logLikelihood: { $1 * $0 - exp($0) },
      slope: { $1 - exp($0) },
      curvature: { predictor, _ in exp(predictor) },
      complaint: { $0 >= 0 && $0 == $0.rounded() && $0.isFinite ? nil : "a whole number from 0" }
    )
  }
}
