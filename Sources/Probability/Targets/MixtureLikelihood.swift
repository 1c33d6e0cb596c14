import Foundation

/// `Σ_n log Σ_k exp(logScale_k) exp(−½ (x_n − μ_k)² / v_k)` and what its derivatives are made of: sums
/// over the data of each component's responsibility r times 1, x − μ and (x − μ)².
struct MixtureLikelihood {
  private(set) var value = 0.0
  private(set) var shares: [Double]
  private(set) var firstMoments: [Double]
  private(set) var secondMoments: [Double]

  /// - Parameter logScales: `log weight_k − ½ log(2π v_k)`.
  init(data: [Double], logScales: [Double], means: [Double], variances: [Double]) {
    let count = logScales.count
    shares = [Double](repeating: 0, count: count)
    firstMoments = shares
    secondMoments = shares
    var terms = logScales
    for x in data {
      var largest = -Double.infinity
      for k in 0..<count {
        let distance = x - means[k]
        terms[k] = logScales[k] - 0.5 * distance * distance / variances[k]
        largest = max(largest, terms[k])
      }
      var total = 0.0
      for k in 0..<count {
        terms[k] = exp(terms[k] - largest)
        total += terms[k]
      }
      value += largest + log(total)
      for k in 0..<count {
        let share = terms[k] / total
        let distance = x - means[k]
        shares[k] += share
        firstMoments[k] += share * distance
        secondMoments[k] += share * distance * distance
      }
    }
  }
}
