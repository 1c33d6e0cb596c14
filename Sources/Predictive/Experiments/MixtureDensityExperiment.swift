import Foundation
import Probability
import Tensors

/// The thesis' one-dimensional mixture: density estimation with unknown means, and a compact density
/// in place of tens of thousands of components.
///
/// Truth: weights ⅓, means −3, 0, 2, variances 2, 5, 1; prior of the means N(0, 100); N data. Monte
/// Carlo: the mean of the densities of all draws. Batch: expectation maximisation on draws from that
/// predictive. Online: stepwise expectation maximisation, each update on fresh pairs of a draw of
/// the means and a draw of the density. Papamakarios, *Distilling Model Knowledge* (2015), section 4.
public struct MixtureDensityExperiment: Sendable {
  /// Draws of the Monte Carlo predictive. The default of 10,000 makes it of 30,000 components.
  public var draws = 10_000
  public var burnIn = 1_000
  /// Components of the compact densities.
  public var components = 3
  /// Values that batch expectation maximisation is fitted to.
  public var batchValues = 1_000
  /// Updates of stepwise expectation maximisation, and fresh pairs in each.
  public var updates = 100
  public var pairs = 100
  public var steps: StepwiseEM.Steps = .power(0.7)

  public init() {}

  public static let weights = [1.0, 1.0, 1.0]
  public static let means = [-3.0, 0.0, 2.0]
  public static let variances = [2.0, 5.0, 1.0]

  /// The density that data come from.
  public static var truth: GaussianMixture {
    get throws { try GaussianMixture(weights: weights, means: means, variances: variances) }
  }

  /// All densities of one data set, and their distances.
  public struct Outcome: Sendable {
    public let data: [Double]
    /// Where densities are given.
    public let grid: [Double]
    /// The Monte Carlo predictive on the grid.
    public let monteCarlo: [Double]
    public let batch: GaussianMixture
    public let online: GaussianMixture
    /// KL in nats: from the Monte Carlo predictive to the compact densities, and from the truth to
    /// all three.
    public let monteCarloToBatch: Double
    public let monteCarloToOnline: Double
    public let truthToMonteCarlo: Double
    public let truthToBatch: Double
    public let truthToOnline: Double
  }

  /// Runs with `count` data of a seed.
  public func run(count: Int, seed: UInt64) throws -> Outcome {
    let truth = try Self.truth
    var random = RandomStream(seed: seed, stream: 1)
    let data = (0..<count).map { _ in truth.sample(using: &random)[0] }
    let posterior = try MixtureMeans(
      data: data,
      weights: Self.weights,
      variances: Self.variances,
      priorVariance: 100
    )
    let model = MixtureMeansModel(weights: Self.weights, variances: Self.variances)
    let chain = MarkovChain(SliceSampler(posterior), burnIn: burnIn, seed: seed)
    let bag = Array(chain.prefix(draws))

    let values = (0..<batchValues).map { _ in
      [model.sample(bag[random.index(below: bag.count)], using: &random)]
    }
    let batch = try GaussianMixture.fitted(
      to: values,
      components: components,
      using: &random
    ).mixture
    let online = try stepwise(posterior, model, seed: seed)

    // Wide enough for every component, fine enough for the narrowest (standard deviation 1).
    let grid = stride(from: -120.0, through: 120, by: 0.1).map { $0 }
    let predictive = try PosteriorPredictive(Tensor(bag), of: model)
      .observe(Tensor(grid, shape: [grid.count, 1])).values.scalars(Double.self)
    let (t, b, o) = (
      grid.map { truth.logProbability(of: $0) }, grid.map { batch.logProbability(of: $0) },
      grid.map { online.logProbability(of: $0) }
    )
    func divergence(_ p: [Double], _ q: [Double]) -> Double {
      zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) } * 0.1
    }
    return Outcome(
      data: data,
      grid: grid,
      monteCarlo: predictive.map { exp($0) },
      batch: batch,
      online: online,
      monteCarloToBatch: divergence(predictive, b),
      monteCarloToOnline: divergence(predictive, o),
      truthToMonteCarlo: divergence(t, predictive),
      truthToBatch: divergence(t, b),
      truthToOnline: divergence(t, o)
    )
  }

  /// Online maximum likelihood on ancestral draws; keeps none of them.
  private func stepwise(
    _ posterior: MixtureMeans,
    _ model: MixtureMeansModel,
    seed: UInt64
  ) throws -> GaussianMixture {
    var chain = MarkovChain(SliceSampler(posterior), burnIn: burnIn, seed: seed &+ 1_000)
      .makeIterator()
    var random = RandomStream(seed: seed, stream: 2)
    func batch() -> [[Double]] {
      (0..<pairs).map { _ in [model.sample(chain.next()!, using: &random)] }
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
