import Foundation

/// The posterior of Bayesian logistic regression:
/// `Σ_n log σ(s_n x_n · w) + log prior(w)` with `s_n = ±1` from the labels.
///
/// Logits are kept in single precision, eight observations at a time; sums are in double. The
/// log-density is exact to about 10⁻⁶ of its size, far below Monte Carlo error. Along a coordinate
/// line the logits are updated, not recomputed, and ``transformed(by:)`` transforms the inputs
/// once, so that whitened kernels cost no more than plain ones.
public struct LogisticRegression: DifferentiableDistribution {
  public let dimension: Int
  /// Observations.
  public let count: Int
  public let prior: GaussianPrior
  /// Logits at w = 0 (nought unless transformed), then the signed columns; all padded to lanes.
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
    for n in inputs.count..<(storage.groups * Lanes.scalarCount) {
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
    withLogits(at: point) { z, groups in
      let column = storage.column(0)
      return SignedLogits.logSigmoidSum(z, moving: column, by: 0, count: groups)
    } + point.withUnsafeBufferPointer { prior.logDensity(at: $0.baseAddress!) }
  }

  public func logDensity(at point: [Double], gradient: inout [Double]) -> Double {
    precondition(
      gradient.count == dimension,
      "LogisticRegression: a gradient of \(gradient.count) for \(dimension) coordinates"
    )
    return gradient.withUnsafeMutableBufferPointer { gradient in
      let likelihood = withLogits(at: point) { z, groups in
        let sum = SignedLogits.logSigmoidSum(replacing: z, count: groups)
        for j in 0..<dimension {
          gradient[j] = SignedLogits.dot(z, storage.column(j + 1), count: groups)
        }
        return sum
      }
      return likelihood
        + point.withUnsafeBufferPointer {
          prior.logDensity(at: $0.baseAddress!, addingGradientTo: gradient.baseAddress!)
        }
    }
  }

  public func makeCursor() -> DensityCursor { Cursor(self) }

  public func transformed(by map: AffineMap) -> any UnnormalizedDistribution {
    let moved = LaneStorage(columns: dimension + 1, count: count)
    moved.copy(storage, column: 0)
    for j in 0..<dimension {
      SignedLogits.move(
        moved.column(0),
        along: storage.column(j + 1),
        by: Float(map.offset[j]),
        count: storage.groups
      )
      for k in 0..<dimension {
        SignedLogits.move(
          moved.column(k + 1),
          along: storage.column(j + 1),
          by: Float(map.matrix[j * dimension + k]),
          count: storage.groups
        )
      }
    }
    return LogisticRegression(count: count, prior: prior.transformed(by: map), storage: moved)
  }

  @inline(__always)
  private func withLogits(
    at point: [Double],
    _ body: (UnsafeMutablePointer<Lanes>, Int) -> Double
  ) -> Double {
    precondition(
      point.count == dimension,
      "LogisticRegression: a point of \(point.count) for \(dimension) coordinates"
    )
    let groups = storage.groups
    return withUnsafeTemporaryAllocation(of: Lanes.self, capacity: groups) { buffer in
      let z = buffer.baseAddress!
      writeLogits(at: point, into: z)
      return body(z, groups)
    }
  }

  @inline(__always)
  private func writeLogits(at point: [Double], into z: UnsafeMutablePointer<Lanes>) {
    let groups = storage.groups
    z.initialize(from: storage.column(0), count: groups)
    var j = 0
    // Four columns a pass: the logits are read and written a quarter as often.
    while j + 3 < dimension {
      let a = storage.column(j + 1)
      let b = storage.column(j + 2)
      let c = storage.column(j + 3)
      let d = storage.column(j + 4)
      let wa = Lanes(repeating: Float(point[j]))
      let wb = Lanes(repeating: Float(point[j + 1]))
      let wc = Lanes(repeating: Float(point[j + 2]))
      let wd = Lanes(repeating: Float(point[j + 3]))
      for i in 0..<groups { z[i] += (wa * a[i] + wb * b[i]) + (wc * c[i] + wd * d[i]) }
      j += 4
    }
    while j < dimension {
      SignedLogits.move(z, along: storage.column(j + 1), by: Float(point[j]), count: groups)
      j += 1
    }
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
      model.writeLogits(at: point, into: logits.column(0))
      priorHere = point.withUnsafeBufferPointer { model.prior.logDensity(at: $0.baseAddress!) }
      return logDensity(moving: 0, by: 0)
    }

    override func logDensity(moving coordinate: Int, by shift: Double) -> Double {
      SignedLogits.logSigmoidSum(
        logits.column(0),
        moving: model.storage.column(coordinate + 1),
        by: Float(shift),
        count: logits.groups
      ) + prior(moving: coordinate, by: shift)
    }

    override func move(_ coordinate: Int, by shift: Double) {
      SignedLogits.move(
        logits.column(0),
        along: model.storage.column(coordinate + 1),
        by: Float(shift),
        count: logits.groups
      )
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
