import Distillation
import Foundation
import Networks
import Tensors

extension CompactStudent {
  /// What a student predicts at rows of inputs.
  public enum Predictions {
    /// log P(c | x), `[rows, classes]`.
    case classes(logProbabilities: Tensor)
    /// The distribution of the outcome at each row.
    case outcomes([PredictedOutcome])
    /// `[rows, outputs]`.
    case means(Tensor)
  }

  /// Whether the student is a density of the outcome alone.
  public var isDensity: Bool {
    switch family {
    case .gaussians, .students: true
    default: false
    }
  }

  /// What is predicted at rows `[rows, inputs]`; densities have no inputs.
  ///
  /// - Throws: ``PredictiveError`` when the rows are of another width, or one is so far out that a
  ///   prediction overflows.
  public func predictions(at rows: Tensor) throws -> Predictions {
    let predictions = try uncheckedPredictions(at: rows)
    let overflown: Int? =
      switch predictions {
      case .classes(let logs): Self.overflow(in: logs.exponential)
      case .means(let means): Self.overflow(in: means)
      case .outcomes(let outcomes): outcomes.firstIndex { !$0.isFinite }
      }
    if let overflown {
      throw PredictiveError(
        "row \(overflown + 1) is too far out for the student: what it predicts there is beyond the "
          + "largest number, so leave the row out or look at its unit"
      )
    }
    return predictions
  }

  /// The first row `[rows, columns]` that is not finite.
  private static func overflow(in values: Tensor) -> Int? {
    guard !values.isAllFinite else { return nil }
    let flat = values.scalars(Double.self)
    return flat.firstIndex { !$0.isFinite }.map { $0 / values.shape[1] }
  }

  private func uncheckedPredictions(at rows: Tensor) throws -> Predictions {
    guard rows.rank == 2, rows.shape[1] == inputs.count, !isDensity else {
      throw PredictiveError(
        isDensity
          ? "this student is a density and has no inputs"
          : "the student has \(inputs.count) inputs (\(inputs.prefix(12).joined(separator: ", "))), "
            + "not \(rows.shape.last ?? 0)"
      )
    }
    let x = rows.cast(to: .float64)
    let row =
      hasIntercept ? Tensor.concatenated([x, .full(1, [x.shape[0], 1], .float64)], along: 1) : x
    return try withoutGradient {
      switch family {
      case .logistics(let mixture):
        return .classes(logProbabilities: try mixture.observe(row).logProbabilities())
      case .softmaxes(let mixture):
        return .classes(logProbabilities: try mixture.observe(row).logProbabilities())
      case .regressions(let mixture):
        return .outcomes(row.matrixRows.map(mixture.distribution))
      case .normal(let normal):
        guard let link = normal.link else {
          return .outcomes(row.matrixRows.map(normal.distribution))
        }
        return .classes(logProbabilities: normal.logProbabilities(at: row.matrixRows, link))
      case .network(let network):
        return network.quantity == .means
          ? .means(network(x))
          : .classes(logProbabilities: try network.observe(x).logProbabilities())
      case .densityNetwork(let network):
        return .outcomes(try network.distributions(at: x))
      case .dirichlet(let network):
        return .classes(logProbabilities: try network.observe(x).logProbabilities())
      case .own(let form): return try form.predictions(at: x)
      case .gaussians, .students: preconditionFailure("densities were turned away above")
      }
    }
  }
}

extension PredictedOutcome {
  /// A mixture of Gaussians on the real line.
  public init(_ mixture: GaussianMixture) {
    precondition(mixture.dimension == 1, "PredictedOutcome: \(mixture.dimension) dimensions")
    self = .normals(
      weights: mixture.weights,
      means: mixture.means.map { $0[0] },
      deviations: mixture.covariances.map { $0[0].squareRoot() }
    )
  }
}
