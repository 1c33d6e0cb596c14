import Foundation
import Mathematics

/// The errors of a mean over seeds and examples by their sources, and the interval that follows.
///
/// With the mean squares of the two-way analysis of variance of S seeds and E examples the half-width
/// of the interval is
///
///     √(t_S² MSˢᵉᵉᵈ + t_E² (MSᵉˣᵃᵐᵖˡᵉ − MSʳᵉˢᵗ)) / √(S · E), at least t_E √(MSᵉˣᵃᵐᵖˡᵉ / (S · E)),
///
/// with the quantiles of Student's t of S − 1 and of E − 1 degrees of freedom: the variance of the mean
/// is that of crossed random effects (Cornfield & Tukey 1956), and each source of it is widened by its
/// own t, which holds the mean at least as often as it says where sources are independent (Banerjee,
/// Sankhyā 22, 1960). One t for their sum, with Satterthwaite's (1946) degrees of freedom, holds it too
/// rarely where a few seeds happen to agree: those of 2 or 3 seeds are then taken for those of all
/// examples.
struct SourcedErrors: Hashable, Sendable {
  /// √(MSˢᵉᵉᵈ / (S · E)), that of the mean if these examples were all there are.
  let ofSeeds: Double
  /// √(MSᵉˣᵃᵐᵖˡᵉ / (S · E)), that of the mean if these seeds were all there are.
  let ofExamples: Double
  /// √(MSʳᵉˢᵗ / (S · E)), which is in both.
  let ofRest: Double
  /// S − 1 and E − 1.
  let seedFreedom: Double
  let exampleFreedom: Double

  /// - Parameter outside: How often the mean may lie beyond, 1 − the level.
  func halfWidth(outside: Double) -> Double {
    func t(_ freedom: Double) -> Double {
      -StudentTFunctions(degreesOfFreedom: freedom).quantile(outside / 2)
    }
    let (s, e) = (t(seedFreedom) * ofSeeds, t(exampleFreedom))
    let examples = e * e * ofExamples * ofExamples
    return max(s * s + examples - e * e * ofRest * ofRest, examples).squareRoot()
  }

  func interval(around mean: Double, level: Double) -> ClosedRange<Double> {
    let width = halfWidth(outside: 1 - level)
    guard width.isFinite, mean.isFinite else { return -.infinity ... .infinity }
    return mean - width...mean + width
  }

  /// 1 − the level of the interval that ends at 0, by bisection of its logarithm: the surer, the wider.
  func pValue(of mean: Double) -> Double {
    if mean == 0 { return 1 }
    if ofSeeds + ofExamples == 0 { return 0 }
    var (low, high) = (log(Double.leastNormalMagnitude), 0.0)
    for _ in 0..<64 {
      let middle = 0.5 * (low + high)
      if halfWidth(outside: exp(middle)) < mean.magnitude { high = middle } else { low = middle }
    }
    return exp(0.5 * (low + high))
  }
}
