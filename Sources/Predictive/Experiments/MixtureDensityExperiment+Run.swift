import Foundation
import Probability

extension MixtureDensityExperiment {
  /// Runs every student and baseline with `count` data of a seed.
  ///
  /// - Parameter check: Called between parts; may throw to stop.
  public func run(
    count: Int,
    seed: UInt64,
    check: () throws -> Void = {}
  ) throws -> Outcome {
    let sampled = try sample(count: count, seed: seed)
    try check()
    var random = RandomStream(seed: seed, stream: 3)
    let batch = try batch(components, sampled.rows, using: &random)
    try check()
    let online = try online(components, sampled.posterior, updates: updates, seed: seed)
    try check()
    let few = max(1, components / Self.means.count)
    let results = try [
      sampled.result("batch EM", components, draws: draws, density(batch)),
      sampled.result("online EM", components, draws: updates * pairs, density(online)),
      sampled.result("Laplace", 3, draws: 0, density(laplace(sampled.posterior))),
      thinned(sampled, to: few),
      medoids(sampled, few, using: &random),
    ]
    return Outcome(
      data: sampled.data,
      monteCarlo: sampled.monteCarlo,
      batch: batch,
      online: online,
      results: results,
      truthToMonteCarlo: Self.divergence(sampled.truth, sampled.monteCarlo),
      exactToMonteCarlo: exact(sampled.data).map { Self.divergence($0, sampled.monteCarlo) },
      rHat: Diagnostics.rHat(
        sampled.draws.map { sampled.posterior.logDensity(at: Array($0)) }
      )
    )
  }

  /// How the distance from the Monte Carlo predictive falls with the number of components, and with
  /// the number of draws, for one data set.
  public func sweep(
    count: Int,
    components counts: [Int],
    draws bags: [Int],
    seed: UInt64,
    check: () throws -> Void = {}
  ) throws -> [Result] {
    let sampled = try sample(count: count, seed: seed)
    var results: [Result] = []
    for k in counts {
      try check()
      var random = RandomStream(seed: seed, stream: 4)
      let (b, o) = (
        try batch(k, sampled.rows, using: &random),
        try online(k, sampled.posterior, updates: updates, seed: seed)
      )
      results.append(sampled.result("batch EM", k, draws: draws, density(b)))
      results.append(sampled.result("online EM", k, draws: updates * pairs, density(o)))
      if k >= 3 {
        results.append(try thinned(sampled, to: k / 3))
        results.append(try medoids(sampled, k / 3, using: &random))
      }
    }
    // Other draws than those of the predictive that they are compared with.
    let other = try sample(count: count, seed: seed, stream: 10)
    for m in bags {
      try check()
      var random = RandomStream(seed: seed, stream: 5)
      let bag = Array(other.rows.prefix(m))
      results.append(sampled.result("Monte Carlo", 3 * m, draws: m, try density(of: bag)))
      let (b, o) = (
        try batch(components, bag, using: &random),
        try online(components, sampled.posterior, updates: max(1, m / pairs), seed: seed)
      )
      results.append(sampled.result("batch EM", components, draws: m, density(b)))
      results.append(sampled.result("online EM", components, draws: m, density(o)))
    }
    return results
  }

  private func thinned(_ sampled: Sampled, to count: Int) throws -> Result {
    let rows = (0..<count).map { sampled.rows[$0 * sampled.rows.count / count] }
    return sampled.result("thinned draws", 3 * count, draws: draws, try density(of: rows))
  }

  private func medoids(
    _ sampled: Sampled,
    _ count: Int,
    using random: inout RandomStream
  ) throws -> Result {
    let medoids = try KMedoids(Array(sampled.rows.prefix(2_000)), count, using: &random)
    let mixture = try GaussianMixture(
      weights: medoids.weights.flatMap { w in Self.weights.map { w * $0 } },
      means: medoids.rows.flatMap { sampled.rows[$0] },
      variances: medoids.rows.flatMap { _ in Self.variances }
    )
    return sampled.result("medoids", 3 * count, draws: draws, density(mixture))
  }

  /// The exact predictive on the grid where the assignments are few enough to go through.
  private func exact(_ data: [Double]) -> [Double]? {
    guard pow(3, Double(data.count)) <= 100_000 else { return nil }
    let enumerated = EnumeratedMixture(
      data: data,
      weights: Self.weights,
      variances: Self.variances,
      priorVariance: Self.priorVariance
    )
    return Self.grid.map { enumerated.density(at: $0) }
  }

  /// Expectation maximisation on values drawn from the bag's predictive.
  private func batch(
    _ components: Int,
    _ bag: [[Double]],
    using random: inout RandomStream
  ) throws -> GaussianMixture {
    let values = (0..<batchValues).map { _ in
      [model.sample(bag[random.index(below: bag.count)], using: &random)]
    }
    return try GaussianMixture.fitted(to: values, components: components, using: &random).mixture
  }

  /// The normal posterior at the mode: its predictive is a mixture as well.
  private func laplace(_ posterior: MixtureMeans) throws -> GaussianMixture {
    // From the true means: the mode that a user would hope for.
    let fit = try LaplaceApproximation(of: posterior, from: Self.means)
    let variances = Self.variances.indices.map { k in
      var column = [Double](repeating: 0, count: Self.means.count)
      column[k] = 1
      fit.precisionFactor.solve(&column)
      return Self.variances[k] + column[k]
    }
    return try GaussianMixture(weights: Self.weights, means: fit.mode, variances: variances)
  }

  /// Online maximum likelihood on ancestral draws; keeps none of them. The chains take turns.
  private func online(
    _ components: Int,
    _ posterior: MixtureMeans,
    updates: Int,
    seed: UInt64
  ) throws -> GaussianMixture {
    let first = chain(posterior, seed: seed &+ 1_000)
    var iterators = (0..<chains).map {
      MarkovChain(first.kernel, burnIn: burnIn, seed: first.seed, index: $0).makeIterator()
    }
    var random = RandomStream(seed: seed, stream: 2)
    var turn = 0
    func batch() -> [[Double]] {
      (0..<pairs).map { _ in
        turn = (turn + 1) % chains
        return [model.sample(iterators[turn].next()!, using: &random)]
      }
    }
    let start = try GaussianMixture.spread(
      over: batch(),
      components: components,
      using: &random
    )
    var fit = StepwiseEM(from: start, steps: steps)
    for _ in 0..<updates { try fit.update(with: batch()) }
    return fit.mixture
  }
}
