import Probability

/// What a Gaussian mixture needs to know of data: for each component the sums of responsibilities r,
/// of r x, and of r (x xᵀ), with x the values in a frame.
struct MixtureStatistics: Sendable {
  let frame: StandardFrame
  /// `[components]`.
  var counts: [Double]
  /// `[components × dimension]`.
  var sums: [Double]
  /// `[components × dimension × dimension]`.
  var products: [Double]

  private var dimension: Int { frame.scales.count }

  init(components: Int, in frame: StandardFrame) {
    self.frame = frame
    let dimension = frame.scales.count
    counts = [Double](repeating: 0, count: components)
    sums = [Double](repeating: 0, count: components * dimension)
    products = [Double](repeating: 0, count: components * dimension * dimension)
  }

  /// Whether they are those of a mixture; a file may say anything.
  func areOf(_ mixture: GaussianMixture) -> Bool {
    dimension == mixture.dimension && counts.count == mixture.components
      && counts.allSatisfy { $0 >= 0 } && (counts + sums + products).areModerate
      && frame.centres.areModerate && frame.scales.areScales
  }

  /// Those that a mixture expects of one value of its own.
  init(of mixture: GaussianMixture, in frame: StandardFrame) {
    self.init(components: mixture.components, in: frame)
    let n = dimension
    for k in counts.indices {
      let (a, m) = (mixture.weights[k], frame.standard(mixture.means[k]))
      let covariance = frame.standard(covariance: mixture.covariances[k])
      counts[k] = a
      for i in 0..<n {
        sums[k * n + i] = a * m[i]
        for j in 0..<n {
          products[(k * n + i) * n + j] = a * (covariance[i * n + j] + m[i] * m[j])
        }
      }
    }
  }

  /// Moves a share of the way to other statistics.
  mutating func move(_ share: Double, to other: MixtureStatistics) {
    for i in counts.indices { counts[i] += share * (other.counts[i] - counts[i]) }
    for i in sums.indices { sums[i] += share * (other.sums[i] - sums[i]) }
    for i in products.indices { products[i] += share * (other.products[i] - products[i]) }
  }

  /// The mixture that makes these statistics most probable: a = s, m = s_x / a,
  /// S = s_xx / a − m mᵀ, variances of x no smaller than the floor. A component that lost all its
  /// weight stays where it was.
  func mixture(
    _ form: GaussianMixture.Covariance,
    floor: Double,
    after previous: GaussianMixture
  ) throws -> GaussianMixture {
    let n = dimension
    var means = previous.means
    var covariances = previous.covariances
    for k in counts.indices where counts[k] > 1e-12 {
      let m = (0..<n).map { sums[k * n + $0] / counts[k] }
      means[k] = frame.original(m)
      var spread = [Double](repeating: 0, count: n * n)
      for e in 0..<(n * n) {
        let (i, j) = (e / n, e % n)
        let covariance = products[k * n * n + e] / counts[k] - m[i] * m[j]
        spread[e] = i == j ? max(covariance, floor) : form == .full ? covariance : 0
      }
      // Rounding or a floor may spoil a covariance of correlated coordinates: widen it until it is
      // one again.
      var ridge = floor
      while Cholesky(spread, dimension: n) == nil {
        guard ridge.isFinite else {
          throw PredictiveError("the covariance of component \(k + 1) has become too large")
        }
        for i in 0..<n { spread[i * n + i] += ridge }
        ridge *= 2
      }
      covariances[k] = frame.original(covariance: spread)
    }
    return try GaussianMixture(
      weights: counts.map { max($0, 1e-12) },
      means: means,
      covariances: covariances
    )
  }
}

extension MixtureStatistics: Codable {
  private enum CodingKeys: CodingKey {
    case dimension, frame, counts, sums, products
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(dimension, forKey: .dimension)
    try container.encode(frame, forKey: .frame)
    try container.encode(counts, forKey: .counts)
    try container.encode(sums, forKey: .sums)
    try container.encode(products, forKey: .products)
  }

  /// Statistics of earlier versions have no frame: they are of the values themselves.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let dimension = try container.decode(Int.self, forKey: .dimension)
    counts = try container.decode([Double].self, forKey: .counts)
    sums = try container.decode([Double].self, forKey: .sums)
    products = try container.decode([Double].self, forKey: .products)
    let frame = try container.decodeIfPresent(StandardFrame.self, forKey: .frame)
    try container.require(
      dimension > 0 && !counts.isEmpty && sums.count / dimension == counts.count
        && sums.count == counts.count * dimension && products.count == sums.count * dimension
        && frame.map {
          $0.centres.count == dimension && $0.scales.count == dimension
            && $0.scales.allSatisfy { $0 > 0 }
        } ?? true,
      .dimension,
      "the sums of a mixture must fit its dimension"
    )
    self.frame = frame ?? StandardFrame(dimension: dimension)
  }
}
