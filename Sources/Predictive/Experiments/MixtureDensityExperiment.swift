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
///
/// The posterior has a mode for every way to give the clusters to the components' variances, in the
/// first of which a single chain stays when data are many: here several chains start apart, exchange
/// labels (`LabelSwitching`), and say whether they agree.
public struct MixtureDensityExperiment: Sendable {
  /// Draws of the Monte Carlo predictive, all chains together. The default of 10,000 makes it of
  /// 30,000 components.
  public var draws = 10_000
  public var chains = 4
  /// Steps of each chain before its first draw.
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
  public static let priorVariance = 100.0

  /// The density that data come from.
  public static var truth: GaussianMixture {
    get throws { try GaussianMixture(weights: weights, means: means, variances: variances) }
  }

  /// Where densities are compared: wide enough for every component under the prior (7 standard
  /// deviations), fine enough for the narrowest (standard deviation 1).
  public static let grid = stride(from: -70.0, through: 70, by: 0.1).map { $0 }

  /// KL(p ‖ q) of densities on the grid, in nats.
  public static func divergence(_ p: [Double], _ q: [Double]) -> Double {
    zip(p, q).reduce(0) { $1.0 > 0 ? $0 + $1.0 * log($1.0 / max($1.1, 1e-300)) : $0 } * 0.1
  }

  /// N data of a seed.
  public static func data(count: Int, seed: UInt64) throws -> [Double] {
    let truth = try truth
    var random = RandomStream(seed: seed, stream: 1)
    return (0..<count).map { _ in truth.sample(using: &random)[0] }
  }

  /// One density in place of the bag.
  public struct Result: Sendable, Codable {
    public let name: String
    /// Gaussians in it.
    public let components: Int
    /// Draws that it was made from.
    public let draws: Int
    /// KL(Monte Carlo ‖ it) and KL(truth ‖ it), nats.
    public let fromMonteCarlo: Double
    public let fromTruth: Double
  }

  /// All densities of one data set, and their distances.
  public struct Outcome: Sendable, Codable {
    public let data: [Double]
    /// The Monte Carlo predictive on the grid.
    public let monteCarlo: [Double]
    public let batch: GaussianMixture
    public let online: GaussianMixture
    public let results: [Result]
    public let truthToMonteCarlo: Double
    /// KL(exact ‖ Monte Carlo), where the assignments are few enough to go through.
    public let exactToMonteCarlo: Double?
    /// Whether the chains agree: R̂ of the log-density.
    public let rHat: Double
  }

  /// The chain of one data set.
  public func chain(
    _ posterior: MixtureMeans,
    seed: UInt64
  ) -> MarkovChain<LabelSwitching<SliceSampler>> {
    MarkovChain(
      LabelSwitching(
        SliceSampler(posterior, width: 3),
        of: posterior,
        blocks: Self.means.indices.map { [$0] }
      ),
      burnIn: burnIn,
      seed: seed
    )
  }

  /// The Monte Carlo predictive of one data set.
  struct Sampled {
    let data: [Double]
    let posterior: MixtureMeans
    let draws: Draws
    /// The draws, those of the chains in turn.
    let rows: [[Double]]
    /// On the grid.
    let monteCarlo: [Double]
    let truth: [Double]

    func result(_ name: String, _ components: Int, draws: Int, _ density: [Double]) -> Result {
      Result(
        name: name,
        components: components,
        draws: draws,
        fromMonteCarlo: divergence(monteCarlo, density),
        fromTruth: divergence(truth, density)
      )
    }
  }

  var model: MixtureMeansModel {
    MixtureMeansModel(weights: Self.weights, variances: Self.variances)
  }

  /// - Parameter stream: Other chains on the same data.
  func sample(count: Int, seed: UInt64, stream: UInt64 = 0) throws -> Sampled {
    let data = try Self.data(count: count, seed: seed)
    let posterior = try MixtureMeans(
      data: data,
      weights: Self.weights,
      variances: Self.variances,
      priorVariance: Self.priorVariance
    )
    let sampled = chain(posterior, seed: seed &+ 7_919 &* stream)
      .sample(draws / chains, chains: chains, threads: chains)
    let rows = (0..<(sampled.chains * sampled.count)).map { row in
      Array(sampled[row % sampled.chains, row / sampled.chains])
    }
    return Sampled(
      data: data,
      posterior: posterior,
      draws: sampled,
      rows: rows,
      monteCarlo: try density(of: rows),
      truth: density(try Self.truth)
    )
  }

  func density(_ mixture: GaussianMixture) -> [Double] {
    Self.grid.map { exp(mixture.logProbability(of: $0)) }
  }

  /// Of the predictive of a bag, on the grid.
  func density(of bag: [[Double]]) throws -> [Double] {
    try PosteriorPredictive(Tensor(bag), of: model)
      .observe(Tensor(Self.grid, shape: [Self.grid.count, 1])).values
      .scalars(Double.self).map { exp($0) }
  }
}
