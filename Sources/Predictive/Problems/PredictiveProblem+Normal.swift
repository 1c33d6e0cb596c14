import Exchange

extension PredictiveProblem {
  /// Coefficients of scaled inputs and outcomes as those of inputs and outcomes as they are given.
  package func asGiven(_ row: [Double]) -> [Double] {
    var row = scaling.unscaledCoefficients(row.map { $0 * outcome.scale })
    if scaling.hasIntercept { row[row.count - 1] += outcome.shift }
    return row
  }

  /// The student that is one normal with the moments of draws.
  ///
  /// - Parameter draws: Of a ``LinearPredictorModel``, in the coordinates of the problem.
  /// - Throws: `RunError` where a draw's noise has no variance.
  package func normalStudent(of draws: [[Double]]) throws -> CompactStudent {
    guard let model = model as? LinearPredictorModel else {
      preconditionFailure("normalStudent: a model without a linear predictor")
    }
    let inputs = scaling.dimension
    let kind: NormalRegression.Outcome
    var noise: Double?
    switch model.outcome {
    case .logistic: kind = .logistic
    case .probit: kind = .probit
    case .poisson: kind = .poisson
    case .linear(let known): (kind, noise) = (.normal, known)
    case .linearWithNoise, .linearWithTails:
      let squares = draws.reduce(0) { $0 + model.noiseVariance(of: $1) }
      guard squares.isFinite else {
        throw RunError(
          "--family normal: a draw has two degrees of freedom or fewer, whose noise has no variance"
        )
      }
      (kind, noise) = (.normal, (squares / Double(draws.count)).squareRoot())
    }
    let scaled = NormalRegression(
      kind,
      fittedTo: draws.map { Array($0.prefix(inputs)) },
      noise: noise
    )
    let normal = NormalRegression(
      kind,
      mean: asGiven(scaled.mean),
      spreads: scaled.spreads.map { spread in
        scaling.unscaledCoefficients(spread.map { $0 * outcome.scale })
      },
      noise: noise.map { $0 * outcome.scale }
    )
    return try CompactStudent(
      .normal(normal),
      inputs: inputNames,
      hasIntercept: scaling.hasIntercept,
      classes: classes
    )
  }
}
