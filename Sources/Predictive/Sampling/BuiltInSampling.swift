import Exchange
import Foundation
import Mathematics
import Probability

/// Draws from the posterior of a built-in model, given data with outcomes.
package struct BuiltInSampling {
  package let source: any DrawSource
  package let layout: DrawLayout
  /// The posterior, for baselines that approximate it; in the coordinates of ``scaling``.
  package let posterior: any DifferentiableDistribution
  /// Standardised inputs with a constant 1: the prior is one of their weights.
  package let scaling: InputScaling
  /// The inputs in these coordinates, and the prior: what expectation propagation needs.
  package let inputs: [[Double]]
  package let prior: GaussianPrior
  /// What the prior is, for people.
  package var remarks: [String] = []
  /// The outcomes of two classes; nil for other models.
  package var labels: [Bool]?

  /// - Parameter limit: Draws of each chain; nil goes on for ever.
  package init(
    _ plan: PredictivePlan,
    _ data: PredictiveData?,
    limit: Int?,
    seed: UInt64
  ) throws {
    guard let data, let outcomes = data.outcomes else {
      throw RunError(
        "without --draws the posterior is sampled here, which needs --data with a table and "
          + "--outcome with the column of the outcome"
      )
    }
    let sampling = plan.sampling
    let constant = sampling.hasNoIntercept ? 0 : 1
    if plan.model == .mixture {
      try self.init(mixture: plan, outcomes, limit: limit, seed: seed)
      return
    }
    let width = data.names.count
    let scaling = InputScaling(of: data.rows, hasIntercept: constant == 1)
    let inputs = scaling.scaled(data.rows).rowsOfScalars
    let prior = GaussianPrior(dimension: width + constant, standardDeviation: sampling.prior)
    let posterior: any DifferentiableDistribution
    var layout = DrawLayout(weights: [width], intercept: constant)
    var names = data.names + (constant == 1 ? ["intercept"] : [])
    var arrange: ([Double]) -> [Double] = scaling.unscaledCoefficients
    var unit = ""
    switch plan.model {
    case .logistic:
      posterior = try LogisticRegression(
        inputs: inputs,
        labels: try twoClasses(data).map { $0 == 1 },
        prior: prior
      )
    case .probit:
      _ = try twoClasses(data)
      posterior = try LinearPredictorRegression(
        inputs: inputs,
        outcomes: outcomes,
        likelihood: .probit,
        prior: prior
      )
    case .poisson:
      posterior = try LinearPredictorRegression(
        inputs: inputs,
        outcomes: outcomes,
        likelihood: .poisson,
        prior: prior
      )
    case .linear:
      let linear = try LinearSampling(
        plan.draws,
        inputs,
        outcomes,
        prior,
        scaling
      )
      (posterior, layout, arrange) = (linear.posterior, linear.layout, linear.arrange)
      names += linear.names
      unit = linear.remark
    case .softmax:
      try requireTwoOrMoreClasses(data)
      let classes = data.classes.count
      posterior = try SoftmaxRegression(
        inputs: inputs,
        labels: outcomes.map { Int($0) },
        classes: classes,
        priorStandardDeviation: sampling.prior
      )
      layout = DrawLayout(weights: [classes, width], intercept: constant * classes)
      names = data.classes.flatMap { c in data.names.map { "\(c): \($0)" } }
      if constant == 1 { names += data.classes.map { "\($0): intercept" } }
      let stride = width + constant
      arrange = { position in
        let rows = (0..<classes).map {
          scaling.unscaledCoefficients(position[($0 * stride)..<(($0 + 1) * stride)])
        }
        return rows.flatMap { $0.prefix(width) } + (constant == 1 ? rows.map { $0[width] } : [])
      }
    case .mixture, .values, .samples, .outcomes:
      throw RunError(
        "--model \(plan.model.rawValue) needs draws that another program made: --draws FILES"
      )
    }
    let chains = try whitenedChains(posterior, sampling, seed: seed, limit: limit)
    self.init(
      source: SampledDraws(names, chains, limit: limit, arrange: arrange),
      layout: layout,
      posterior: posterior,
      scaling: scaling,
      inputs: inputs,
      prior: prior
    )
    let spread = "N(0, \(Uncertain.short(sampling.prior))²)"
    remarks = [
      "prior: \(spread) on the weights of standardised inputs"
        + (constant == 1 ? " and on the predictor at their means" : "") + unit
    ]
    if plan.model == .logistic || plan.model == .probit {
      labels = outcomes.map { $0 == 1 }
    }
  }

  private init(
    source: any DrawSource,
    layout: DrawLayout,
    posterior: any DifferentiableDistribution,
    scaling: InputScaling = InputScaling(inputs: 0, variance: 1, hasIntercept: false),
    inputs: [[Double]],
    prior: GaussianPrior
  ) {
    (self.source, self.layout, self.posterior) = (source, layout, posterior)
    (self.scaling, self.inputs, self.prior) = (scaling, inputs, prior)
  }

  private init(
    mixture plan: PredictivePlan,
    _ outcomes: [Double],
    limit: Int?,
    seed: UInt64
  ) throws {
    guard let deviations = plan.draws.deviations.flatMap(numberList),
      plan.draws.weights == nil || plan.draws.weights.flatMap(numberList) != nil
    else {
      throw RunError(
        "a mixture is sampled here with known spreads: --deviations 1,2,1 (and --weights 1,1,1)"
      )
    }
    let weights = plan.draws.weights.flatMap(numberList) ?? deviations.map { _ in 1 }
    let standard = StandardisedOutcomes(outcomes, isShifted: true)
    let data = standard.values
    let posterior = try MixtureMeans(
      data: data,
      weights: weights,
      variances: deviations.map { ($0 / standard.scale) * ($0 / standard.scale) },
      priorVariance: plan.sampling.prior * plan.sampling.prior
    )
    // From the data's own quantiles: far starts would find other modes of the same density.
    let sorted = data.sorted()
    let start = deviations.indices.map { k in
      sorted[min(sorted.count - 1, (2 * k + 1) * sorted.count / (2 * deviations.count))]
    }
    let chains = try (0..<plan.sampling.chains).map { index in
      try chain(posterior, plan.sampling, seed, index, start, limit)
    }
    let names = deviations.indices.map { "mean[\($0 + 1)]" }
    self.init(
      source: SampledDraws(names, chains, limit: limit) { position in
        position.map { standard.shift + standard.scale * $0 }
      },
      layout: DrawLayout(weights: [deviations.count], intercept: 0),
      posterior: posterior,
      inputs: [],
      prior: GaussianPrior(
        dimension: deviations.count,
        standardDeviation: plan.sampling.prior
      )
    )
    remarks = [
      "prior: N(0, \(Uncertain.short(plan.sampling.prior))²) on the means, in standard deviations of "
        + "the outcome from its mean"
    ]
  }
}

private func requireTwoOrMoreClasses(_ data: PredictiveData) throws {
  guard data.classes.count < 2 else { return }
  throw RunError(
    "every outcome is \(data.classes.first ?? "missing"): a classifier needs outcomes of two classes "
      + "or more"
  )
}

/// Outcomes that are 0 or 1.
private func twoClasses(_ data: PredictiveData) throws -> [Double] {
  try requireTwoOrMoreClasses(data)
  guard data.classes.count == 2 else {
    throw RunError(
      "the outcome has \(data.classes.count) classes where this model has two: use --model softmax"
    )
  }
  return data.outcomes!
}

/// Chains in coordinates in which the posterior is nearly standard normal, from scattered starts.
private func whitenedChains(
  _ posterior: any DifferentiableDistribution,
  _ options: SamplerOptions,
  seed: UInt64,
  limit: Int?
) throws -> [ChainDraws] {
  let map: AffineMap
  do {
    map = try LaplaceApproximation(of: posterior).whitening
  } catch {
    throw RunError("the posterior has no mode to start from: \(sentence(for: error))")
  }
  return try (0..<options.chains).map { index in
    // Wider than the posterior, so that chains which do not mix are noticed.
    var random = RandomStream(seed: seed, stream: 1_000 + UInt64(index))
    var start = map.offset
    map.apply((0..<map.dimension).map { _ in 1.5 * random.normal() }, into: &start)
    func draws(_ kernel: some MarkovKernel) throws -> ChainDraws {
      try chainDraws(kernel, options, seed, index, start, limit)
    }
    switch options.sampler {
    case .slice:
      return try draws(
        Whitened(posterior, by: map) { (target: any UnnormalizedDistribution) in
          SliceSampler(target, width: 3)
        }
      )
    case .hmc:
      return try draws(
        Whitened(posterior, by: map) { (target: any DifferentiableDistribution) in
          HamiltonianMonteCarlo(target)
        }
      )
    case .nuts:
      return try draws(
        Whitened(posterior, by: map) { (target: any DifferentiableDistribution) in
          NoUTurnSampler(target)
        }
      )
    }
  }
}

/// A chain of the kernel that was chosen, in the posterior's own coordinates.
private func chain(
  _ posterior: any DifferentiableDistribution,
  _ options: SamplerOptions,
  _ seed: UInt64,
  _ index: Int,
  _ start: [Double],
  _ limit: Int?
) throws -> ChainDraws {
  switch options.sampler {
  case .slice: try chainDraws(SliceSampler(posterior), options, seed, index, start, limit)
  case .hmc: try chainDraws(HamiltonianMonteCarlo(posterior), options, seed, index, start, limit)
  case .nuts: try chainDraws(NoUTurnSampler(posterior), options, seed, index, start, limit)
  }
}

private func chainDraws(
  _ kernel: some MarkovKernel,
  _ options: SamplerOptions,
  _ seed: UInt64,
  _ index: Int,
  _ start: [Double],
  _ limit: Int?
) throws -> ChainDraws {
  guard kernel.canStart(at: start) else {
    throw RunError(
      "the posterior has no finite density where its chains begin: look at the units of data and prior"
    )
  }
  return ChainDraws(
    MarkovChain(
      kernel,
      from: start,
      burnIn: options.burnIn,
      thinning: options.thinning,
      seed: seed,
      index: index
    ),
    limit: limit
  )
}
