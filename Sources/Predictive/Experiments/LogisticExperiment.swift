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

  /// One compact form and its distance from the Monte Carlo predictive.
  public struct Result: Sendable, Codable {
    public let name: String
    /// KL(Monte Carlo ‖ compact), the mean over test inputs, in nats.
    public let divergence: Double
    /// Its standard error over the test inputs.
    public let standardError: Double
    /// Seconds to make it, draws not included.
    public let seconds: Double
  }

  /// Everything of one seed, for tables and figures.
  public struct Outcome: Sendable {
    public let seed: UInt64
    public let results: [Result]
    /// The draws, `[draws][2]`.
    public let draws: [[Double]]
    /// The weight vectors of the students by name.
    public let students: [String: [[Double]]]
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

  /// KL(teacher ‖ student) of the class at each input, `[inputs, 2]`: its mean and standard error.
  public static func divergence(
    _ teacher: some Teacher,
    _ student: some Module,
    at inputs: Tensor
  ) throws -> (mean: Double, standardError: Double) {
    try divergence(teacher.observe(inputs), withoutGradient { student.observe(inputs) })
  }

  private static func divergence(
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

  /// Runs every student and baseline once.
  ///
  /// - Parameter seed: Of the chain, the students' starts, their inputs and the test inputs; the 24
  ///   points are those of ``dataSeed``.
  public func run(seed: UInt64) throws -> Outcome {
    let (inputs, labels) = Self.data(seed: dataSeed)
    let prior = GaussianPrior(dimension: 2, standardDeviation: 10)
    let posterior = try LogisticRegression(inputs: inputs, labels: labels, prior: prior)
    let chain = MarkovChain(SliceSampler(posterior), burnIn: burnIn, seed: seed)
    let model = LinearPredictorModel(.logistic, inputs: 2)
    let bag = Array(chain.prefix(draws))
    let teacher = PosteriorPredictive(Tensor(bag), of: model)
    let deviation = 10.0.squareRoot()
    let test =
      Tensor.normal([testInputs, 2], .float64, using: RandomGenerator(seed: seed ^ 0xA5A5))
      * deviation
    let truth = try teacher.observe(test)
    var results: [Result] = []
    func measure(_ name: String, _ make: () throws -> any Teacher) throws {
      let clock = ContinuousClock()
      let start = clock.now
      let made = try make()
      let seconds = (clock.now - start) / .seconds(1)
      let (mean, error) = try Self.divergence(truth, made.observe(test))
      results.append(
        Result(name: name, divergence: mean, standardError: error, seconds: seconds)
      )
    }
    var students: [String: [[Double]]] = [:]
    let noise = Noise(
      [2],
      .normal(standardDeviation: deviation),
      batchesOf: batchSize,
      steps: iterations,
      seed: seed,
      .float64
    )
    for (lossName, loss) in [
      ("cross entropy", Loss.softCrossEntropy()), ("score matching", .averageScoreMatching),
    ] {
      for isOnline in [false, true] {
        let name = "\(isOnline ? "online" : "batch"), \(lossName)"
        try measure(name) {
          let student = MixtureOfLogistics(
            components,
            inputs: 2,
            using: RandomGenerator(seed: seed &+ 77)
          )
          let schedule = Schedule.linear(over: iterations)
          let optimizer = SGD(learningRate: learningRate)
          if isOnline {
            let fresh = MarkovChain(SliceSampler(posterior), burnIn: burnIn, seed: seed &+ 1_000)
            let online = OnlinePredictive(
              fresh,
              of: model,
              at: noise,
              derivatives: loss.needs.derivatives
            )
            try train(
              student,
              on: online,
              minimizing: loss,
              using: optimizer,
              schedule: schedule
            )
          } else {
            try distill(
              teacher,
              into: student,
              on: noise,
              minimizing: loss,
              using: optimizer,
              schedule: schedule
            )
          }
          students[name] = student.coefficients.rows
          return ModuleTeacher(student)
        }
      }
    }
    var propagated: GaussianPosterior?
    try measure("expectation propagation") {
      let fit = try ExpectationPropagation(
        inputs: inputs,
        labels: labels,
        prior: prior,
        link: .logistic
      )
      propagated = fit.posterior
      return fit.posterior
    }
    try measure("Laplace") {
      GaussianPosterior(try LaplaceApproximation(of: posterior), link: .logistic)
    }
    try measure("\(components) thinned draws") { teacher.thinned(to: components) }
    try measure("\(components) medoids") {
      var random = RandomStream(seed: seed)
      let medoids = try KMedoids(bag, components, using: &random)
      return ModuleTeacher(
        MixtureOfLogistics(medoids.rows.map { bag[$0] }, weights: medoids.weights)
      )
    }
    return Outcome(
      seed: seed,
      results: results,
      draws: bag,
      students: students,
      expectationPropagation: propagated!
    )
  }
}
