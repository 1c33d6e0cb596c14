import Distillation
import Foundation
import Mathematics
import Probability
import Reporting
import Tensors

/// Compares probabilities of classes.
package struct ClassCertifier {
  private let task: PredictiveTask
  private let student: CompactStudent
  private let problem: PredictiveProblem
  private let bag: [[Double]]
  /// The bag, `[draws, numbers]`.
  private let draws: Tensor
  private let inputs: HeldOutInputs
  private let sampling: BuiltInSampling?

  package init(
    task: PredictiveTask,
    _ student: CompactStudent,
    _ problem: PredictiveProblem,
    _ bag: [[Double]],
    _ inputs: HeldOutInputs,
    _ sampling: BuiltInSampling?
  ) {
    (self.task, self.student, self.problem) = (task, student, problem)
    (self.bag, self.inputs, self.sampling) = (bag, inputs, sampling)
    draws = Tensor(bag)
  }

  package func certify() throws -> (PredictiveCertificate, [any Chart]) {
    let truth = try predictive(problem.model, at: inputs.places)
    let slow = try microseconds(for: inputs.places.shape[0]) {
      _ = try predictive(problem.model, at: inputs.places)
    }
    let own = try logProbabilities(at: inputs.rows)
    let fast = try microseconds(for: inputs.rows.shape[0]) {
      _ = try logProbabilities(at: inputs.rows)
    }
    var forms = [form("student", own, student.parameterCount, truth, fast)]
    for baseline in try baselines() {
      forms.append(form(baseline.name, baseline.logs, baseline.numbers, truth, nil))
    }
    let numbers = bag.count * bag[0].count
    forms.append(.monteCarlo(numbers: numbers, microseconds: slow))
    var certificate = PredictiveCertificate(
      draws: bag.count,
      comparedAt: inputs.name,
      forms: forms,
      coverage: try dirichletCoverage(),
      sizeRatio: Double(numbers) / Double(student.parameterCount),
      latencyRatio: slow / fast
    )
    if let scored = inputs.scored {
      func logs(_ all: Tensor) -> [Double] {
        zip(all.rowsOfScalars, scored.outcomes).map { $0[Int($1)] }
      }
      let drawn = logs(try predictive(problem.model, at: scored.places))
      certificate.outcomes = scored.scores(drawn, logs(try logProbabilities(at: scored.rows)))
      certificate.doubts = scored.doubts(drawn, scored.frequencies, "their frequencies do")
    }
    return (certificate, [divergenceChart(forms), scatter(truth, own)])
  }

  /// What all draws predict on average.
  private func predictive(_ model: some PredictiveModel, at places: Tensor) throws -> Tensor {
    try PosteriorPredictive(draws, of: model).observe(places).logProbabilities()
  }

  /// KL(Monte Carlo ‖ student) of each of some students.
  package func divergences(of students: [CompactStudent]) throws -> [Estimate] {
    let truth = try predictive(problem.model, at: inputs.places)
    return try students.map { Self.divergence(try logs(of: $0, at: inputs.rows), truth) }
  }

  private static func divergence(_ logs: Tensor, _ truth: Tensor) -> Estimate {
    let divergences: Tensor = (truth.exponential * (truth - logs)).sum(along: 1)
    return Estimate(of: divergences)
  }

  private func logProbabilities(at rows: Tensor) throws -> Tensor {
    try logs(of: student, at: rows)
  }

  private func logs(of student: CompactStudent, at rows: Tensor) throws -> Tensor {
    guard case .classes(let logs) = try student.predictions(at: rows) else {
      preconditionFailure("ClassCertifier: a student without classes")
    }
    return logs
  }

  private func form(
    _ name: String,
    _ logs: Tensor,
    _ numbers: Int,
    _ truth: Tensor,
    _ time: Double?
  ) -> PredictiveCertificate.Form {
    let differences: Tensor = truth.exponential - logs.exponential
    let largest = differences.reshaped(to: [-1]).scalars(Double.self).map { abs($0) }.max()
    return .init(
      name: name,
      divergence: Self.divergence(logs, truth),
      largestDifference: largest,
      numbers: numbers,
      microseconds: time
    )
  }

  private func baselines() throws -> [(name: String, logs: Tensor, numbers: Int)] {
    let components =
      switch student.family {
      case .logistics(let mixture): mixture.components
      case .softmaxes(let mixture): mixture.components
      default: task.plan.student.components ?? 10
      }
    let isTable = problem.isTabulated
    let few = try CompactBaselines(bag, components, hasMean: !isTable, seed: task.seed)
    var result = few.forms.map { form in
      let p = form.predictions(problem.model, at: inputs.places)
      let logs = p.clamped(min: .leastNormalMagnitude).logarithm
      return (form.name, logs, form.draws.count * bag[0].count)
    }
    guard let model = problem.model as? LinearPredictorModel else { return result }
    let link: Link = model.outcome == .probit ? .probit : .logistic
    let n = bag[0].count
    let numbers = n + n * (n + 1) / 2
    func add(_ name: String, _ posterior: GaussianPosterior, at places: Tensor) throws {
      result.append((name, try posterior.observe(places).logProbabilities(), numbers))
    }
    try add(
      "one normal fitted to the draws",
      GaussianPosterior(
        mean: CompactBaselines.mean(bag),
        covariance: CompactBaselines.covariance(bag),
        link: link
      ),
      at: inputs.places
    )
    guard let sampling, let data = sampling.labels else { return result }
    let places = sampling.scaling.scaled(inputs.rows)
    let laplace = try LaplaceApproximation(of: sampling.posterior)
    try add("Laplace", GaussianPosterior(laplace, link: link), at: places)
    let propagation = try? ExpectationPropagation(
      inputs: sampling.inputs,
      labels: data,
      prior: sampling.prior,
      link: link
    )
    if let propagation {
      try add("expectation propagation", propagation.posterior, at: places)
    }
    return result
  }

  /// How many of the draws' own probabilities lie in the intervals of a Dirichlet network's.
  private func dirichletCoverage() throws -> [PredictiveCertificate.Coverage] {
    guard case .dirichlet(let network) = student.family else { return [] }
    let marginals = network.marginals(at: inputs.rows)
    let some = PosteriorBag.thinned(bag, to: 100)
    let seen = some.map { draw in
      problem.model.sum(Tensor([draw]), at: inputs.places, slopes: false).values.rowsOfScalars
    }
    return [0.5, 0.9].map { level in
      let shares = marginals.enumerated().map { row, classes in
        // The last class says nothing new.
        let hits = classes.dropLast().enumerated().map { c, marginal -> Double in
          let low = marginal.quantile(0.5 - level / 2)
          let high = marginal.quantile(0.5 + level / 2)
          return Double(seen.count { ($0[row][c] >= low) && ($0[row][c] <= high) })
            / Double(seen.count)
        }
        return hits.reduce(0, +) / Double(hits.count)
      }
      return .init(level: level, share: Estimate(of: shares), of: "the draws' probabilities")
    }
  }

  /// The student's probability of the last class against the draws'.
  private func scatter(_ truth: Tensor, _ own: Tensor) -> ScatterChart {
    let last = student.classes.count - 1
    let count = min(400, truth.shape[0])
    let (p, q) = (
      truth.selecting(last, along: 1)[0..<count].exponential.scalars(Double.self),
      own.selecting(last, along: 1)[0..<count].exponential.scalars(Double.self)
    )
    let name = student.classes[last]
    return ScatterChart(
      title: "The probability of \(name)",
      x: Axis("Monte Carlo", range: 0...1),
      y: Axis("student", range: 0...1),
      groups: [.init("inputs", zip(p, q).map { LineChart.Point(x: $0, y: $1) })],
      showsDiagonal: true
    )
  }
}
