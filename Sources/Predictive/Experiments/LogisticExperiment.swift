import Distillation
import Foundation
import Networks
import Probability
import Tensors

/// The thesis' two-dimensional Bayesian logistic regression: how near to the Monte Carlo predictive
/// do compact forms of it come?
///
/// 24 points, 12 from N([−4, 0], I) and 12 from N([4, 0], I), labels by σ(w · x), w = [1, 0]; prior
/// N(0, 100 I); slice sampling. Students f(x) = 1/K Σ σ(w_k · x), trained on x ~ N(0, 10 I) in batches
/// of 10 with steps falling linearly from 1 to 0. Papamakarios, *Distilling Model Knowledge* (2015),
/// section 4.
public struct LogisticExperiment: Sendable {
  /// Draws of the Monte Carlo predictive. The default is the thesis' 10,000.
  public var draws = 10_000
  public var burnIn = 1_000
  /// K. The default is the thesis' 10.
  public var components = 10
  public var iterations = 5_000
  public var batchSize = 10
  public var learningRate = 1.0
  /// Inputs at which students are compared with the Monte Carlo predictive.
  public var testInputs = 10_000
  /// Which 24 points.
  public var dataSeed: UInt64 = 1

  public init() {}

  /// The two losses, and whether a student keeps a bag of draws or sees each draw once.
  public enum Student: String, Codable, Sendable, CaseIterable {
    case batchCrossEntropy = "batch, cross entropy"
    case onlineCrossEntropy = "online, cross entropy"
    case batchScoreMatching = "batch, score matching"
    case onlineScoreMatching = "online, score matching"

    var isOnline: Bool { self == .onlineCrossEntropy || self == .onlineScoreMatching }

    var loss: Loss {
      self == .batchCrossEntropy || self == .onlineCrossEntropy
        ? .softCrossEntropy() : .averageScoreMatching
    }
  }

  /// One compact form and its distance from the Monte Carlo predictive.
  public struct Result: Sendable, Codable {
    public let name: String
    /// Weight vectors in it; 0 where it is none of them.
    public let components: Int
    /// Draws that it was made from; 0 where it needs none.
    public let draws: Int
    /// KL(Monte Carlo ‖ compact), the mean over test inputs, in nats.
    public let divergence: Double
    /// Its standard error over the test inputs.
    public let standardError: Double
    /// Seconds to make it. Batch students: their share of observing the bag included, draws not.
    public let seconds: Double
  }

  /// Everything of one seed, for tables and figures.
  public struct Outcome: Codable {
    public let seed: UInt64
    public let results: [Result]
    /// The draws, `[draws][2]`.
    public let draws: [[Double]]
    /// The students by name.
    public let students: [String: MixtureOfLogistics]
    public let expectationPropagation: GaussianPosterior
  }

  /// The 24 points and their labels.
  public static func data(seed: UInt64) -> (inputs: [[Double]], labels: [Bool]) {
    var random = RandomStream(seed: seed)
    let inputs = (0..<24).map {
      [$0 < 12 ? -4 + random.normal() : 4 + random.normal(), random.normal()]
    }
    let labels = inputs.map { random.uniform() < Link.logistic.evaluate($0[0]).value }
    return (inputs, labels)
  }

  /// The posterior of the weights.
  public func posterior() throws -> LogisticRegression {
    let (inputs, labels) = Self.data(seed: dataSeed)
    return try LogisticRegression(
      inputs: inputs,
      labels: labels,
      prior: GaussianPrior(dimension: 2, standardDeviation: 10)
    )
  }

  public static let model = LinearPredictorModel(.logistic, inputs: 2)

  /// KL(teacher ‖ student) of the class at each input, `[inputs, 2]`: its mean and standard error.
  public static func divergence(
    _ teacher: some Teacher,
    _ student: some Module,
    at inputs: Tensor
  ) throws -> (mean: Double, standardError: Double) {
    try divergence(teacher.observe(inputs), withoutGradient { student.observe(inputs) })
  }

  /// KL(teacher ‖ student) of the class at each example: its mean and standard error.
  public static func divergence(
    _ teacher: Observation,
    _ student: Observation
  ) throws -> (mean: Double, standardError: Double) {
    let (p, q) = (try teacher.logProbabilities(), try student.logProbabilities())
    let each = (p.exponential * (p - q)).sum(along: 1).scalars(Double.self)
    let count = Double(each.count)
    let mean = each.reduce(0, +) / count
    let variance = each.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    return (mean, (variance / count).squareRoot())
  }
}
