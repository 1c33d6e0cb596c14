/// Mean and covariance of a stream of points by Welford's updates; O(1) memory in their number.
struct RunningMoments: Codable, Sendable {
  let isDense: Bool
  private(set) var count = 0
  private(set) var mean: [Double]
  /// Sums of products of deviations: `[dimension, dimension]` when dense, else `[dimension]`.
  private var products: [Double]
  private var before: [Double]

  init(dimension: Int, isDense: Bool) {
    self.isDense = isDense
    mean = [Double](repeating: 0, count: dimension)
    before = mean
    products = [Double](repeating: 0, count: isDense ? dimension * dimension : dimension)
  }

  func isSound(in dimension: Int) -> Bool {
    [mean, before].areFinite(dimension)
      && [products].areFinite(isDense ? dimension * dimension : dimension)
      && countable.contains(count)
  }

  mutating func add(_ point: [Double]) {
    let n = mean.count
    count += 1
    for i in 0..<n {
      before[i] = point[i] - mean[i]
      mean[i] += before[i] / Double(count)
    }
    for i in 0..<n {
      if isDense {
        for j in 0..<n { products[i * n + j] += before[i] * (point[j] - mean[j]) }
      } else {
        products[i] += before[i] * (point[i] - mean[i])
      }
    }
  }

  /// The covariance (or variances) shrunk as Stan does, towards 10⁻³ by five pseudo-draws, so that
  /// it is positive definite even when the draws are few.
  func regularizedCovariance() -> [Double] {
    let n = mean.count
    let weight = Double(count) / Double(count + 5)
    var result = products.map { weight * $0 / Double(max(count - 1, 1)) }
    for i in 0..<n { result[isDense ? i * n + i : i] += 1e-3 * (1 - weight) }
    return result
  }
}
