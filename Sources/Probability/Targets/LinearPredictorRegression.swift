/// The posterior of a regression whose outcomes depend on the inputs through `η = x · w`:
/// `Σ_n log p(y_n | x_n · w) + log prior(w)`, in double precision.
///
/// Linear, probit and Poisson regression; logistic regression has ``LogisticRegression``.
public struct LinearPredictorRegression: DifferentiableDistribution {
  public let dimension: Int
  public let prior: GaussianPrior
  public let likelihood: PredictorLikelihood
  private let outcomes: [Double]
  /// Predictors at w = 0, zero unless transformed.
  private let offsets: [Double]
  /// `[dimension][count]`.
  private let columns: [[Double]]

  /// - Parameters:
  ///   - inputs: One row an observation, `[count][dimension]`; add a column of ones for a bias.
  ///   - outcomes: `[count]`.
  ///   - likelihood: How they depend on the predictor.
  ///   - prior: The prior of the weights.
  /// - Throws: ``ProbabilityError/invalidData(_:)`` when the numbers do not fit together.
  public init(
    inputs: [[Double]],
    outcomes: [Double],
    likelihood: PredictorLikelihood,
    prior: GaussianPrior
  ) throws {
    try requireRows(inputs, outcomes: outcomes.count, dimension: prior.dimension)
    for (n, outcome) in outcomes.enumerated() {
      if let complaint = likelihood.complaint(outcome) {
        throw ProbabilityError.invalidData("Outcome \(n) is \(outcome); it must be \(complaint).")
      }
    }
    self.init(
      likelihood,
      outcomes,
      prior,
      offsets: [Double](repeating: 0, count: outcomes.count),
      columns: (0..<prior.dimension).map { j in inputs.map { $0[j] } }
    )
  }

  private init(
    _ likelihood: PredictorLikelihood,
    _ outcomes: [Double],
    _ prior: GaussianPrior,
    offsets: [Double],
    columns: [[Double]]
  ) {
    dimension = prior.dimension
    self.prior = prior
    self.likelihood = likelihood
    self.outcomes = outcomes
    self.offsets = offsets
    self.columns = columns
  }

  public func logDensity(at point: [Double]) -> Double {
    var predictors = offsets
    for j in 0..<dimension { add(columns[j], times: point[j], to: &predictors) }
    return logLikelihood(predictors)
      + point.withUnsafeBufferPointer { prior.logDensity(at: $0.baseAddress!) }
  }

  public func logDensity(at point: [Double], gradient: inout [Double]) -> Double {
    var predictors = offsets
    for j in 0..<dimension { add(columns[j], times: point[j], to: &predictors) }
    let value = logLikelihood(predictors)
    for n in outcomes.indices { predictors[n] = likelihood.slope(predictors[n], outcomes[n]) }
    for j in 0..<dimension {
      var sum = 0.0
      for n in outcomes.indices { sum += predictors[n] * columns[j][n] }
      gradient[j] = sum
    }
    return value
      + gradient.withUnsafeMutableBufferPointer { gradient in
        point.withUnsafeBufferPointer {
          prior.logDensity(at: $0.baseAddress!, addingGradientTo: gradient.baseAddress!)
        }
      }
  }

  public func curvature(at point: [Double]) -> [Double] {
    var predictors = offsets
    for j in 0..<dimension { add(columns[j], times: point[j], to: &predictors) }
    for n in outcomes.indices {
      predictors[n] = likelihood.curvature(predictors[n], outcomes[n])
    }
    return prior.precision(addingProductsOf: columns, weights: predictors)
  }

  public func transformed(by map: AffineMap) -> any UnnormalizedDistribution {
    var offsets = offsets
    var moved = columns.map { [Double](repeating: 0, count: $0.count) }
    for j in 0..<dimension {
      add(columns[j], times: map.offset[j], to: &offsets)
      for k in 0..<dimension {
        add(columns[j], times: map.matrix[j * dimension + k], to: &moved[k])
      }
    }
    return LinearPredictorRegression(
      likelihood,
      outcomes,
      prior.transformed(by: map),
      offsets: offsets,
      columns: moved
    )
  }

  private func logLikelihood(_ predictors: [Double]) -> Double {
    var sum = 0.0
    for n in outcomes.indices { sum += likelihood.logLikelihood(predictors[n], outcomes[n]) }
    return sum
  }

  private func add(_ column: [Double], times factor: Double, to sums: inout [Double]) {
    for n in column.indices { sums[n] += factor * column[n] }
  }
}
