import Foundation

/// The posterior of the means of a one-dimensional Gaussian mixture with known weights and
/// variances: `Σ_n log Σ_k weight_k N(x_n; μ_k, variance_k) + Σ_k log N(μ_k; 0, priorVariance)`.
///
/// The second experiment of the thesis has weights ⅓, variances 2, 5, 1 and a prior variance of 100.
public struct MixtureMeans: DifferentiableDistribution {
  public let data: [Double]
  public let variances: [Double]
  public let priorVariance: Double
  /// `log weight_k − ½ log(2π variance_k)`.
  private let logScales: [Double]

  public var dimension: Int { variances.count }

  /// - Throws: ``ProbabilityError/invalidData(_:)`` when the numbers do not fit together.
  public init(
    data: [Double],
    weights: [Double],
    variances: [Double],
    priorVariance: Double
  ) throws {
    guard weights.count == variances.count, !weights.isEmpty, data.allSatisfy(\.isFinite) else {
      throw ProbabilityError.invalidData(
        "A mixture needs finite data and one variance for each of its \(weights.count) weights."
      )
    }
    guard (weights + variances + [priorVariance]).allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw ProbabilityError.invalidData(
        "The weights and variances of a mixture must be positive and finite."
      )
    }
    self.data = data
    self.variances = variances
    self.priorVariance = priorVariance
    let total = weights.reduce(0, +)
    logScales = zip(weights, variances).map { log($0 / total) - 0.5 * log(2 * Double.pi * $1) }
  }

  public func logDensity(at point: [Double]) -> Double {
    var gradient = point
    return logDensity(at: point, gradient: &gradient)
  }

  public func logDensity(at point: [Double], gradient: inout [Double]) -> Double {
    let likelihood = MixtureLikelihood(
      data: data,
      logScales: logScales,
      means: point,
      variances: variances
    )
    for k in variances.indices {
      gradient[k] = likelihood.firstMoments[k] / variances[k] - point[k] / priorVariance
    }
    return likelihood.value + logPrior(at: point)
  }

  private func logPrior(at point: [Double]) -> Double {
    -0.5 * point.reduce(0) { $0 + $1 * $1 } / priorVariance
  }

  public func makeCursor() -> DensityCursor { Cursor(self) }

  /// Keeps each component's densities of the data in single precision: a trial along a line costs
  /// one exponential for each datum, where the whole density costs one for each component.
  ///
  /// Its log-density is exact to about 10⁻⁶ of its size. A component's share of a datum's density
  /// never falls below e⁻⁸⁶ of its scale, which is nothing beside any component that is near.
  private final class Cursor: DensityCursor {
    private let model: MixtureMeans
    /// The data; then the components' densities; then the sums of all but one of them.
    private let storage: LaneStorage
    private let scales: [Float]
    private var point: [Double]
    private var priorHere = 0.0
    /// Which component the sums leave out.
    private var excluded = -1

    init(_ model: MixtureMeans) {
      self.model = model
      let count = model.dimension
      storage = LaneStorage(columns: count + 2, count: model.data.count)
      for (n, x) in model.data.enumerated() { storage.set(x, column: 0, row: n) }
      scales = model.logScales.map { Float(exp($0)) }
      point = [Double](repeating: 0, count: count)
    }

    private var sums: UnsafeMutablePointer<Lanes> { storage.column(model.dimension + 1) }

    override func move(to point: [Double]) -> Double {
      for k in point.indices {
        self.point[k] = point[k]
        writeDensities(of: k, at: point[k])
      }
      excluded = -1
      priorHere = model.logPrior(at: point)
      return logDensity(moving: 0, by: 0)
    }

    override func logDensity(moving coordinate: Int, by shift: Double) -> Double {
      if excluded != coordinate { exclude(coordinate) }
      let mean = Lanes(repeating: Float(point[coordinate] + shift))
      let rate = Lanes(repeating: Float(0.5 / model.variances[coordinate]))
      let scale = Lanes(repeating: scales[coordinate])
      let (data, others) = (storage.column(0), sums)
      var result = 0.0
      var i = 0
      while i < storage.groups {
        // Eight sums of at least 10⁻³⁷ make a product that double precision still holds.
        let end = min(i + 8, storage.groups)
        var product = SIMD8<Double>(repeating: 1)
        while i < end {
          let distance = data[i] - mean
          let density = scale * (rate * distance * distance).negativeExponential
          product *= SIMD8<Double>(others[i] + density)
          i += 1
        }
        if i == storage.groups { maskPadding(&product, of: i - 1, mean, rate, scale) }
        for lane in 0..<8 { result += log(product[lane]) }
      }
      return result + prior(moving: coordinate, by: shift)
    }

    override func move(_ coordinate: Int, by shift: Double) {
      priorHere = prior(moving: coordinate, by: shift)
      point[coordinate] += shift
      writeDensities(of: coordinate, at: point[coordinate])
      // The sums of the others do not change for this coordinate, but do for the next.
    }

    /// Divides what the padded lanes of the last group put into a product out again.
    @inline(__always)
    private func maskPadding(
      _ product: inout SIMD8<Double>,
      of group: Int,
      _ mean: Lanes,
      _ rate: Lanes,
      _ scale: Lanes
    ) {
      let padded = storage.groups * Lanes.scalarCount - model.data.count
      guard padded > 0 else { return }
      let distance = storage.column(0)[group] - mean
      let density = scale * (rate * distance * distance).negativeExponential
      let last = SIMD8<Double>(sums[group] + density)
      for lane in (Lanes.scalarCount - padded)..<Lanes.scalarCount { product[lane] /= last[lane] }
    }

    private func writeDensities(of k: Int, at mean: Double) {
      let (data, densities) = (storage.column(0), storage.column(k + 1))
      let mean = Lanes(repeating: Float(mean))
      let rate = Lanes(repeating: Float(0.5 / model.variances[k]))
      let scale = Lanes(repeating: scales[k])
      for i in 0..<storage.groups {
        let distance = data[i] - mean
        densities[i] = scale * (rate * distance * distance).negativeExponential
      }
    }

    private func exclude(_ coordinate: Int) {
      excluded = coordinate
      for i in 0..<storage.groups {
        var sum = Lanes.zero
        for k in 0..<model.dimension where k != coordinate { sum += storage.column(k + 1)[i] }
        sums[i] = sum
      }
    }

    @inline(__always)
    private func prior(moving k: Int, by shift: Double) -> Double {
      priorHere - shift * (point[k] + 0.5 * shift) / model.priorVariance
    }
  }
}
