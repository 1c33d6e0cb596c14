import Foundation

extension MixtureStatistics {
  /// The means over values y of r (1, x, x xᵀ) under a mixture, and of the values' log-probabilities.
  ///
  /// This is all that expectation maximisation does, hundreds of times over tens of thousands of values.
  static func expected(
    of values: [[Double]],
    under mixture: GaussianMixture,
    in frame: StandardFrame
  ) -> (statistics: MixtureStatistics, logProbability: Double) {
    let (n, components) = (mixture.dimension, mixture.components)
    let width = 1 + n + n * n
    // For each component log a − ½ log det(2π S), m and L, where S = L Lᵀ.
    let parts = (0..<components).flatMap { mixture.parts(of: $0) }
    // For each component the sums of r, r x and r x xᵀ.
    var sums = [Double](repeating: 0, count: components * width)
    var logProbability = 0.0
    withUnsafeTemporaryAllocation(of: Double.self, capacity: components + n) { room in
      room.initialize(repeating: 0)
      let (terms, x) = (room.baseAddress!, room.baseAddress! + components)
      parts.withUnsafeBufferPointer { parts in
        sums.withUnsafeMutableBufferPointer { sums in
          for y in values {
            precondition(
              y.count == n,
              "GaussianMixture: a value of \(y.count) numbers for a density in \(n)"
            )
            logProbability += Self.responsibilities(
              y,
              parts.baseAddress!,
              components,
              room: x,
              into: terms
            )
            for i in 0..<n { x[i] = (y[i] - frame.centres[i]) / frame.scales[i] }
            for k in 0..<components {
              let (r, sum) = (terms[k], sums.baseAddress! + k * width)
              sum[0] += r
              for i in 0..<n {
                let part = r * x[i]
                sum[1 + i] += part
                for j in 0..<n { sum[1 + n + i * n + j] += part * x[j] }
              }
            }
          }
        }
      }
    }
    let share = 1 / Double(values.count)
    var result = MixtureStatistics(components: components, in: frame)
    for k in 0..<components {
      let own = sums[(k * width)..<((k + 1) * width)].map { $0 * share }
      result.counts[k] = own[0]
      result.sums.replaceSubrange((k * n)..<((k + 1) * n), with: own[1...n])
      result.products.replaceSubrange((k * n * n)..<((k + 1) * n * n), with: own[(1 + n)...])
    }
    return (result, logProbability * share)
  }

  /// The responsibilities of the components for a value, and its log-probability.
  ///
  /// - Parameters:
  ///   - parts: `[components, 1 + dimension + dimension²]`, as ``GaussianMixture/parts(of:)`` gives them.
  ///   - room: `[dimension]` numbers.
  ///   - terms: `[components]`, the responsibilities.
  private static func responsibilities(
    _ value: [Double],
    _ parts: UnsafePointer<Double>,
    _ components: Int,
    room z: UnsafeMutablePointer<Double>,
    into terms: UnsafeMutablePointer<Double>
  ) -> Double {
    let n = value.count
    var largest = -Double.infinity
    for k in 0..<components {
      let part = parts + k * (1 + n + n * n)
      let lower = part + 1 + n
      var square = 0.0
      for i in 0..<n {
        var rest = value[i] - part[1 + i]
        for j in 0..<i { rest -= lower[i * n + j] * z[j] }
        z[i] = rest / lower[i * n + i]
        square += z[i] * z[i]
      }
      terms[k] = part[0] - 0.5 * square
      largest = max(largest, terms[k])
    }
    var sum = 0.0
    for k in 0..<components {
      terms[k] = exp(terms[k] - largest)
      sum += terms[k]
    }
    for k in 0..<components { terms[k] /= sum }
    return largest.isFinite ? largest + log(sum) : largest
  }
}
