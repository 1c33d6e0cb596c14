import Distillation
import Probability
import Tensors

extension LogisticExperiment {
  /// Runs every student and baseline once.
  ///
  /// - Parameters:
  ///   - seed: Of the chain, the students' starts, their inputs and the test inputs; the 24 points
  ///     are those of ``dataSeed``.
  ///   - counts: Other numbers of components than ``components``, with all draws.
  ///   - bags: Numbers of draws, with ``components``; these are other draws than those of the
  ///     predictive that everything is compared with.
  ///   - check: Called between parts; may throw to stop.
  public func run(
    seed: UInt64,
    otherComponents counts: [Int] = [],
    otherDraws bags: [Int] = [],
    check: () throws -> Void = {}
  ) throws -> Outcome {
    let bench = try LogisticBench(self, seed: seed)
    try check()
    var students: [String: MixtureOfLogistics] = [:]
    let observed = try bench.observe(bench.bag)
    for k in [components] + counts.filter({ $0 != components }) {
      for kind in Student.allCases {
        try check()
        let student = try bench.train(
          kind,
          components: k,
          draws: kind.isOnline ? iterations * batchSize : draws,
          on: kind.isOnline ? nil : observed
        )
        if k == components { students[kind.rawValue] = student }
      }
      try representatives(bench, k, seed: seed)
    }
    let propagated = try normalApproximations(bench)
    try numbersOfDraws(bags, bench, seed: seed, check: check)
    return Outcome(
      seed: seed,
      results: bench.results,
      draws: bench.bag,
      students: students,
      expectationPropagation: propagated
    )
  }

  private func normalApproximations(_ bench: LogisticBench) throws -> GaussianPosterior {
    let (inputs, labels) = Self.data(seed: dataSeed)
    try bench.measure("Laplace") {
      GaussianPosterior(try LaplaceApproximation(of: bench.posterior), link: .logistic)
    }
    return try bench.measure("expectation propagation") {
      try ExpectationPropagation(
        inputs: inputs,
        labels: labels,
        prior: bench.posterior.prior,
        link: .logistic
      ).posterior
    }
  }

  /// A few of the draws in place of all.
  private func representatives(_ bench: LogisticBench, _ count: Int, seed: UInt64) throws {
    let bag = PosteriorPredictive(Tensor(bench.bag), of: Self.model)
    try bench.measure("thinned draws", components: count, draws: draws) {
      bag.thinned(to: count)
    }
    try bench.measure("medoids", components: count, draws: draws) {
      var random = RandomStream(seed: seed)
      let medoids = try KMedoids(bench.bag, count, using: &random)
      return ModuleTeacher(
        MixtureOfLogistics(medoids.rows.map { bench.bag[$0] }, weights: medoids.weights)
      )
    }
  }

  private func numbersOfDraws(
    _ bags: [Int],
    _ bench: LogisticBench,
    seed: UInt64,
    check: () throws -> Void
  ) throws {
    let chain = MarkovChain(SliceSampler(bench.posterior), burnIn: burnIn, seed: seed &+ 2_000)
    let all = Array(chain.prefix(bags.max() ?? 0))
    for m in bags {
      try check()
      let bag = Array(all.prefix(m))
      try bench.measure("Monte Carlo", components: m, draws: m) {
        PosteriorPredictive(Tensor(bag), of: Self.model)
      }
      let observed = try bench.observe(bag)
      for kind in Student.allCases {
        try check()
        _ = try bench.train(
          kind,
          components: components,
          draws: m,
          on: kind.isOnline ? nil : observed
        )
      }
    }
  }
}
