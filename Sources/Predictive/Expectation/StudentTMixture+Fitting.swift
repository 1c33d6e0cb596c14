import Foundation
import Mathematics
import Probability

extension StudentTMixture {
  /// Fits a mixture with given degrees of freedom to values by expectation maximisation.
  ///
  /// A t is a normal whose precision is itself random: given y its expectation is
  /// u = (ν + 1) / (ν + z²), and values are weighed by r u where a normal's are by r.
  /// Peel & McLachlan, *Robust mixture modelling using the t distribution* (2000).
  ///
  /// - Parameters:
  ///   - degreesOfFreedom: ν of every component. The default of 4 has a variance and heavy tails.
  /// - Returns: The mixture, and the mean log-probability before each iteration; it never falls.
  public static func fitted(
    to values: [Double],
    components count: Int,
    degreesOfFreedom nu: Double = 4,
    iterations: Int = 500,
    tolerance: Double = 1e-8,
    using random: inout RandomStream
  ) throws -> (mixture: StudentTMixture, logProbabilities: [Double]) {
    let frame = try StandardFrame(of: values.map { [$0] })
    let scale = frame.scales[0]
    let values = values.map { frame.standard([$0])[0] }
    let start = try GaussianMixture.spread(
      over: values.map { [$0] },
      components: count,
      using: &random
    )
    let floor = 1e-2 * start.covariance[0].squareRoot()
    var mixture = try StudentTMixture(
      weights: start.weights,
      components: start.means.indices.map {
        StudentT(
          degreesOfFreedom: nu,
          location: start.means[$0][0],
          scale: max(floor, start.covariances[$0][0].squareRoot())
        )
      }
    )
    var history: [Double] = []
    for _ in 0..<iterations {
      var (r, ru, ruy, ruyy) = (zeros(count), zeros(count), zeros(count), zeros(count))
      var log = 0.0
      for y in values {
        let terms = mixture.logTerms(at: y)
        let total = logSumExp(terms)
        log += total
        for k in 0..<count {
          let part = mixture.components[k]
          // Around the present location: sums of squares keep their digits.
          let distance = y - part.location
          let z = distance / part.scale
          let responsibility = exp(terms[k] - total)
          let weight = responsibility * (nu + 1) / (nu + z * z)
          r[k] += responsibility
          ru[k] += weight
          ruy[k] += weight * distance
          ruyy[k] += weight * distance * distance
        }
      }
      // Of the values in their own unit.
      log = log / Double(values.count) - Foundation.log(scale)
      let gain = log - (history.last ?? -.infinity)
      history.append(log)
      if gain < tolerance { break }
      mixture = try StudentTMixture(
        weights: r.map { max($0, 1e-12) },
        components: (0..<count).map { k in
          let part = mixture.components[k]
          guard ru[k] > 1e-12 else { return part }
          let shift = ruy[k] / ru[k]
          let variance = (ruyy[k] - ru[k] * shift * shift) / r[k]
          return StudentT(
            degreesOfFreedom: nu,
            location: part.location + shift,
            scale: max(floor, max(variance, 0).squareRoot())
          )
        }
      )
    }
    let components = mixture.components.map {
      StudentT(
        degreesOfFreedom: nu,
        location: frame.original([$0.location])[0],
        scale: scale * $0.scale
      )
    }
    return (try StudentTMixture(weights: mixture.weights, components: components), history)
  }

  private static func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
}
