import Foundation
import Tensors

/// The posterior of Bayesian logistic regression:
/// `Σ_n log σ(s_n x_n · w) + log prior(w)` with `s_n = ±1` from the labels.
///
/// Logits are kept in single precision and summed by a fused kernel that uses the widest vectors of the
/// processor. The log-density is exact to about 10⁻⁶ of its size, far below Monte Carlo error. Along a coordinate
/// line the logits are updated, not recomputed, and ``transformed(by:)`` transforms the inputs
/// once, so that whitened kernels cost no more than plain ones.
public struct LogisticRegression: DifferentiableDistribution {
  public let dimension: Int
  /// Observations.
  public let count: Int
  public let prior: GaussianPrior
  /// Logits at w = 0 (zero unless transformed), then the signed columns; all padded to lanes.
  private let storage: LaneStorage

  /// - Parameters:
  ///   - inputs: One row an observation, `[count][dimension]`; add a column of ones for a bias.
  ///   - labels: `[count]`.
  ///   - prior: The prior of the weights.
  /// - Throws: ``ProbabilityError/invalidData(_:)`` when the numbers do not fit together.
  public init(inputs: [[Double]], labels: [Bool], prior: GaussianPrior) throws {
    try requireRows(inputs, outcomes: labels.count, dimension: prior.dimension)
    let storage = LaneStorage(columns: prior.dimension + 1, count: inputs.count)
    for (n, row) in inputs.enumerated() {
      for (j, x) in row.enumerated() { storage.set(labels[n] ? x : -x, column: j + 1, row: n) }
    }
    // A padded observation has the logit 80: it adds e⁻⁸⁰, nothing, and no slope.
    for n in inputs.count..<storage.paddedCount {
      storage.set(80, column: 0, row: n)
    }
    self.init(count: inputs.count, prior: prior, storage: storage)
  }

  private init(count: Int, prior: GaussianPrior, storage: LaneStorage) {
    dimension = prior.dimension
    self.count = count
    self.prior = prior
    self.storage = storage
  }

  public func logDensity(at point: [Double]) -> Double {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: dimension) { gradient in
      likelihood(at: point, gradient: gradient.baseAddress!)
    } + point.withUnsafeBufferPointer { prior.logDensity(at: $0.baseAddress!) }
  }

  public func logDensity(at point: [Double], gradient: inout [Double]) -> Double {
    precondition(
      gradient.count == dimension,
      "LogisticRegression: a gradient of \(gradient.count) for \(dimension) coordinates"
    )
    return gradient.withUnsafeMutableBufferPointer { gradient in
      likelihood(at: point, gradient: gradient.baseAddress!)
        + point.withUnsafeBufferPointer {
          prior.logDensity(at: $0.baseAddress!, addingGradientTo: gradient.baseAddress!)
        }
    }
  }

  public func curvature(at point: [Double]) -> [Double] {
    func numbers(_ column: Int) -> [Double] {
      (0..<count).map { Double(storage.numbers(column)[$0]) }
    }
    let columns = (0..<dimension).map { numbers($0 + 1) }
    var logits = numbers(0)
    for j in 0..<dimension {
      for n in 0..<count { logits[n] += point[j] * columns[j][n] }
    }
    // σ(η) σ(−η), with the exponential that does not overflow.
    let weights = logits.map { logit in
      let e = exp(-abs(logit))
      return e / ((1 + e) * (1 + e))
    }
    return prior.precision(addingProductsOf: columns, weights: weights)
  }

  public func makeCursor() -> DensityCursor { Cursor(self) }

  public func transformed(by map: AffineMap) -> any UnnormalizedDistribution {
    let moved = LaneStorage(columns: dimension + 1, count: count)
    moved.copy(storage, column: 0)
    for j in 0..<dimension {
      move(moved.numbers(0), along: j, by: map.offset[j])
      for k in 0..<dimension {
        move(moved.numbers(k + 1), along: j, by: map.matrix[j * dimension + k])
      }
    }
    return LogisticRegression(count: count, prior: prior.transformed(by: map), storage: moved)
  }

  @inline(__always)
  private func likelihood(
    at point: [Double],
    gradient: UnsafeMutablePointer<Double>
  ) -> Double {
    precondition(
      point.count == dimension,
      "LogisticRegression: a point of \(point.count) for \(dimension) coordinates"
    )
    return point.withUnsafeBufferPointer {
      LogisticKernel.sum(
        offsets: storage.numbers(0),
        columns: storage.numbers(1),
        at: $0.baseAddress!,
        dimension: dimension,
        count: storage.paddedCount,
        gradient: gradient
      )
    }
  }

  @inline(__always)
  private func move(_ z: UnsafeMutablePointer<Float>, along j: Int, by shift: Double) {
    LogisticKernel.move(
      z,
      along: storage.numbers(j + 1),
      by: Float(shift),
      count: storage.paddedCount
    )
  }

  /// Keeps the signed logits at the point; a trial along a line costs one pass over them.
  private final class Cursor: DensityCursor {
    private let model: LogisticRegression
    private let logits: LaneStorage
    private var point: [Double]
    private var priorHere = 0.0

    init(_ model: LogisticRegression) {
      self.model = model
      logits = LaneStorage(columns: 1, count: model.count)
      point = [Double](repeating: 0, count: model.dimension)
    }

    override func move(to point: [Double]) -> Double {
      for i in point.indices { self.point[i] = point[i] }
      logits.copy(model.storage, column: 0)
      for j in point.indices { model.move(logits.numbers(0), along: j, by: point[j]) }
      priorHere = point.withUnsafeBufferPointer { model.prior.logDensity(at: $0.baseAddress!) }
      return logDensity(moving: 0, by: 0)
    }

    override func logDensity(moving coordinate: Int, by shift: Double) -> Double {
      LogisticKernel.sum(
        logits.numbers(0),
        moving: model.storage.numbers(coordinate + 1),
        by: Float(shift),
        count: logits.paddedCount
      ) + prior(moving: coordinate, by: shift)
    }

    override func move(_ coordinate: Int, by shift: Double) {
      model.move(logits.numbers(0), along: coordinate, by: shift)
      priorHere = prior(moving: coordinate, by: shift)
      point[coordinate] += shift
    }

    /// Along a line a normal prior is a parabola.
    @inline(__always)
    private func prior(moving j: Int, by shift: Double) -> Double {
      let pull = point.withUnsafeBufferPointer { model.prior.pull(j, at: $0.baseAddress!) }
      return priorHere - shift * (pull + 0.5 * shift * model.prior.curvature(j))
    }
  }
}
