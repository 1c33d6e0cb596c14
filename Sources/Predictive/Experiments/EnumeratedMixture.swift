import Foundation
import Probability

/// The exact posterior predictive of a Gaussian mixture of which only the means are unknown, by going
/// through every way to give the data to components: what samplers are checked against.
///
/// Given an assignment the means are independent and normal, and the predictive is a mixture of
/// `components` Gaussians. There are components^count assignments: for small data only.
public struct EnumeratedMixture: Sendable {
  /// A component with a subset of the data: its share, and the predictive that follows.
  private struct Term {
    let weight: Double
    let mean: Double
    let variance: Double
  }

  private let terms: [Term]
  /// E[μ_k] and Var[μ_k] under the posterior.
  public let meanMoments: [(mean: Double, variance: Double)]

  /// - Parameters:
  ///   - weights: In any scale.
  ///   - priorVariance: Of each mean, around 0.
  public init(data: [Double], weights: [Double], variances: [Double], priorVariance: Double) {
    let (count, components) = (data.count, weights.count)
    precondition(
      pow(Double(components), Double(count)) <= 1e6,
      "EnumeratedMixture: \(components)^\(count) assignments are too many to go through"
    )
    let total = weights.reduce(0, +)
    let subsets = 1 << count
    // For each component and subset: the evidence, and the posterior of the mean.
    var logEvidence = [[Double]]()
    var posteriors = [[(mean: Double, variance: Double)]]()
    for k in 0..<components {
      var evidence = [Double](repeating: 0, count: subsets)
      var posterior = [(mean: Double, variance: Double)]()
      for subset in 0..<subsets {
        let members = data.indices.filter { subset >> $0 & 1 == 1 }.map { data[$0] }
        let n = Double(members.count)
        let variance = 1 / (1 / priorVariance + n / variances[k])
        let mean = variance * members.reduce(0, +) / variances[k]
        let squares = members.reduce(0) { $0 + $1 * $1 } / variances[k]
        evidence[subset] =
          n * (log(weights[k] / total) - 0.5 * log(2 * .pi * variances[k]))
          + 0.5 * log(variance / priorVariance) - 0.5 * (squares - mean * mean / variance)
        posterior.append((mean, variance))
      }
      logEvidence.append(evidence)
      posteriors.append(posterior)
    }
    // The joint evidence of each assignment, added to every component's subset.
    var shares = [[Double]](
      repeating: [Double](repeating: 0, count: subsets),
      count: components
    )
    func visit(_ datum: Int, _ chosen: [Int]) {
      guard datum < count else {
        let evidence = exp((0..<components).reduce(0) { $0 + logEvidence[$1][chosen[$1]] })
        for k in 0..<components { shares[k][chosen[k]] += evidence }
        return
      }
      for k in 0..<components {
        var next = chosen
        next[k] |= 1 << datum
        visit(datum + 1, next)
      }
    }
    visit(0, [Int](repeating: 0, count: components))
    let evidence = shares[0].reduce(0, +)
    var terms = [Term]()
    var moments = [(mean: Double, variance: Double)]()
    for k in 0..<components {
      var (first, second) = (0.0, 0.0)
      for subset in 0..<subsets where shares[k][subset] > 0 {
        let share = shares[k][subset] / evidence
        let (mean, variance) = posteriors[k][subset]
        first += share * mean
        second += share * (mean * mean + variance)
        let weight = weights[k] / total * share
        terms.append(Term(weight: weight, mean: mean, variance: variance + variances[k]))
      }
      moments.append((first, second - first * first))
    }
    self.terms = terms
    meanMoments = moments
  }

  /// The predictive density at a value.
  public func density(at value: Double) -> Double {
    terms.reduce(0) {
      let z = value - $1.mean
      return $0 + $1.weight * exp(-0.5 * z * z / $1.variance) / (2 * .pi * $1.variance).squareRoot()
    }
  }
}
