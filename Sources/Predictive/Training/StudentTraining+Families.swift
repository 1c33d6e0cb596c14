import Distillation
import Exchange
import Foundation
import Networks
import Probability
import Tensors

extension StudentTraining {
  /// What training needs to know of the draws.
  package struct DrawAccess {
    /// All draws in the coordinates of the model; online the first few, to start from.
    package let start: [[Double]]
    /// Draws in the coordinates of the model, each as often as it teaches.
    package let stream: any DrawStream
  }

  /// Trains a student of the chosen family.
  ///
  /// - Returns: The student in the coordinates of the inputs as they are given, and whether training
  ///   was stopped.
  package func train(_ draws: DrawAccess) throws -> (student: CompactStudent, isStopped: Bool) {
    switch family {
    case .mixtureOfLogistics: try trainLogistics(draws)
    case .mixtureOfSoftmaxes: try trainSoftmaxes(draws)
    case .medoids, .thinned: try drawsAlone(draws)
    case .normal: (try problem.normalStudent(of: draws.start), false)
    case .network: try trainNetwork(draws)
    case .dirichletNetwork: try trainDirichlet(draws)
    case .mixtureOfRegressions: try trainRegressions(draws)
    case .mixtureDensityNetwork: try trainDensityNetwork(draws, .normal)
    case .poissonMixtureNetwork: try trainDensityNetwork(draws, .poisson)
    case .gaussianMixture, .studentTMixture:
      preconditionFailure("densities are trained by DensityTraining")
    }
  }

  /// A mixture of the model's own kind whose components are draws as they are.
  private func drawsAlone(_ draws: DrawAccess) throws -> (CompactStudent, Bool) {
    switch task.plan.model {
    case .softmax: return try trainSoftmaxes(draws)
    case .linear, .poisson: return try trainRegressions(draws)
    default: return try trainLogistics(draws)
    }
  }

  private var weightsAreFixed: Bool { family.isTrained && !task.plan.student.freeWeights }

  /// A few representative draws as components to start from.
  private func medoids(_ draws: DrawAccess) throws -> (rows: [[Double]], weights: [Double]?) {
    guard !problem.isTabulated else {
      let generator = RandomGenerator(seed: task.seed)
      let width = problem.scaling.dimension * (family == .mixtureOfSoftmaxes ? classes : 1)
      return (
        Tensor.normal([plan.components, width], .float64, using: generator).rowsOfScalars, nil
      )
    }
    let count = min(plan.components, draws.start.count)
    if family == .thinned { return (PosteriorBag.thinned(draws.start, to: count), nil) }
    var random = RandomStream(seed: task.seed, stream: 7)
    let some = PosteriorBag.thinned(draws.start, to: max(count, 2_000))
    let medoids = try KMedoids(some, count, using: &random)
    guard family.isTrained else {
      // Of draws that are the same one stands for all.
      let used = medoids.rows.indices.filter { medoids.weights[$0] > 0 }
      return (used.map { some[medoids.rows[$0]] }, used.map { medoids.weights[$0] })
    }
    // A chain that stood still gives fewer different draws than components: those are scattered.
    let rows = (0..<plan.components).map { k in
      k < count
        ? some[medoids.rows[k]] : some[medoids.rows[k % count]].map { $0 + 0.1 * random.normal() }
    }
    let weights =
      !weightsAreFixed && count == plan.components ? medoids.weights : nil
    return (rows, weights.map { $0.map { max($0, 1e-3) } })
  }

  private var classes: Int { problem.classes.count }

  private func trainClasses(
    _ student: some Module,
    _ draws: DrawAccess,
    minimizing loss: Loss? = nil,
    drawByDraw: Bool = false
  ) throws -> Bool {
    let chosen = loss ?? task.plan.student.loss.loss
    let derivatives = chosen.needs.derivatives
    if plan.isOnline, !task.plan.student.acceptsBias,
      let term = chosen.terms.first(where: { !$0.isUnbiasedOnline })
    {
      throw RunError(
        "\(term.name) is biased online, because its gradient is not linear in the one draw that "
          + "stands for the mean of all: use cross-entropy or score-matching, leave out --online, or "
          + "take the bias by --accept-bias"
      )
    }
    if derivatives, !problem.model.hasSlopes {
      throw RunError(
        "--loss \(task.plan.student.loss.rawValue) needs derivatives, which values at rows do not "
          + "have: use cross-entropy"
      )
    }
    if plan.isOnline || drawByDraw {
      let inputs = online(
        problem.model,
        draws.stream,
        derivatives: derivatives,
        acceptingBias: task.plan.student.acceptsBias
      )
      return try train(student, observedAs: meaning, on: inputs, minimizing: chosen)
    }
    let (inputs, teacher) = try batches(
      of: problem.model,
      draws.start,
      derivatives: derivatives
    )
    return try train(
      student,
      observedAs: meaning,
      on: inputs,
      observing: teacher,
      minimizing: chosen
    )
  }

  private var meaning: Observation.Meaning {
    problem.model.quantity == .means ? .reals : .logits
  }

  private func trainLogistics(_ draws: DrawAccess) throws -> (CompactStudent, Bool) {
    guard classes == 2 else {
      throw RunError("--family mixture-of-logistics is for two classes, not \(classes)")
    }
    let (rows, weights) = try medoids(draws)
    let link: Link = task.plan.model == .probit ? .probit : .logistic
    let isFixed = weightsAreFixed
    let student = MixtureOfLogistics(rows, weights: weights, weightsAreFixed: isFixed, link: link)
    let isStopped = try family.isTrained && trainClasses(student, draws)
    let result = MixtureOfLogistics(
      student.coefficients.value.rowsOfScalars.map(problem.scaling.pushed),
      weights: student.weights,
      weightsAreFixed: isFixed,
      link: link
    )
    return (try finished(.logistics(result)), isStopped)
  }

  private func trainSoftmaxes(_ draws: DrawAccess) throws -> (CompactStudent, Bool) {
    let (rows, weights) = try medoids(draws)
    let isFixed = weightsAreFixed
    let student = MixtureOfSoftmaxes(
      rows,
      classes: classes,
      weights: weights,
      weightsAreFixed: isFixed
    )
    let isStopped = try family.isTrained && trainClasses(student, draws)
    let width = problem.scaling.dimension
    let trained = student.coefficients.value.flattened(from: 1, through: 2).rowsOfScalars
    let result = MixtureOfSoftmaxes(
      trained.map { row in
        (0..<classes).flatMap { problem.scaling.pushed(row[($0 * width)..<(($0 + 1) * width)]) }
      },
      classes: classes,
      weights: student.weights,
      weightsAreFixed: isFixed
    )
    return (try finished(.softmaxes(result)), isStopped)
  }

  private func widths(_ outputs: Int?) -> [Int] {
    [problem.scaling.dimension] + task.plan.student.hidden + (outputs.map { [$0] } ?? [])
  }

  private func trainNetwork(_ draws: DrawAccess) throws -> (CompactStudent, Bool) {
    let quantity = problem.model.quantity
    let network = MLP(
      widths(quantity == .means ? problem.model.outputs : classes),
      activation: .tanh,
      .float64,
      using: RandomGenerator(seed: task.seed)
    )
    let isStopped = try trainClasses(
      network,
      draws,
      minimizing: quantity == .means ? .squaredError : nil
    )
    let result = PredictiveNetwork(problem.scaling.folded(network), quantity)
    return (try finished(.network(result)), isStopped)
  }

  private func trainDirichlet(_ draws: DrawAccess) throws -> (CompactStudent, Bool) {
    let student = DirichletNetwork(
      widths(classes),
      .float64,
      using: RandomGenerator(seed: task.seed)
    )
    let isStopped = try trainClasses(
      student,
      draws,
      minimizing: student.negativeLogLikelihood,
      drawByDraw: true
    )
    let result = DirichletNetwork(problem.scaling.folded(student.body))
    return (try finished(.dirichlet(result)), isStopped)
  }

  private func trainRegressions(_ draws: DrawAccess) throws -> (CompactStudent, Bool) {
    let (rows, weights) = try medoids(draws)
    let isLinear = task.plan.model == .linear
    let inputs = problem.scaling.dimension
    // A linear model's noise is one for all; where draws have it, it is behind the weights.
    let noise = (problem.model as? LinearPredictorModel).map { model -> [Double] in
      switch model.outcome {
      case .linear(let noise): rows.map { _ in noise }
      case .linearWithNoise, .linearWithTails: rows.map { $0[inputs] }
      default: rows.map { _ in 1 }
      }
    }
    let student = MixtureOfRegressions(
      rows.map { Array($0.prefix(inputs)) },
      isLinear ? .normal : .poisson,
      deviations: noise,
      weights: weights,
      weightsAreFixed: weightsAreFixed
    )
    let samples = samples(draws.stream)
    let isStopped =
      try family.isTrained
      && train(
        student,
        observedAs: .reals,
        on: samples,
        minimizing: student.negativeLogLikelihood
      )
    let scale = problem.outcome.scale
    let result = MixtureOfRegressions(
      student.coefficients.value.rowsOfScalars.map(problem.asGiven),
      student.outcome,
      deviations: student.deviations.map { $0 * scale },
      weights: student.weights,
      weightsAreFixed: weightsAreFixed
    )
    return (try finished(.regressions(result)), isStopped)
  }

  private func trainDensityNetwork(
    _ draws: DrawAccess,
    _ outcome: MixtureOfRegressions.Outcome
  ) throws -> (CompactStudent, Bool) {
    let student = MixtureDensityNetwork(
      widths(nil),
      components: plan.components,
      outcome: outcome,
      .float64,
      using: RandomGenerator(seed: task.seed)
    )
    if outcome == .poisson {
      student.start(at: PosteriorBag.thinned(draws.start, to: 100).flatMap { $0 })
    }
    let isStopped = try train(
      student,
      observedAs: .reals,
      on: samples(draws.stream),
      minimizing: student.negativeLogLikelihood
    )
    let result = MixtureDensityNetwork(
      problem.scaling.folded(student.body),
      components: plan.components,
      outcome: outcome
    )
    if outcome == .normal {
      result.rescaleOutcomes(shift: problem.outcome.shift, scale: problem.outcome.scale)
    }
    return (try finished(.densityNetwork(result)), isStopped)
  }

  /// The student with the names of its inputs and classes.
  private func finished(_ family: CompactStudent.Family) throws -> CompactStudent {
    let isClosed: Bool =
      switch family {
      case .logistics, .softmaxes, .regressions: true
      default: false
      }
    return try CompactStudent(
      family,
      inputs: problem.inputNames,
      hasIntercept: isClosed && problem.scaling.hasIntercept,
      classes: problem.classes
    )
  }
}

extension Tensor {
  /// The rows of a matrix.
  package var rowsOfScalars: [[Double]] {
    let flat = scalars(Double.self)
    let width = shape[1]
    return (0..<shape[0]).map { Array(flat[($0 * width)..<(($0 + 1) * width)]) }
  }
}

/// Draws thinned at even distances.
package enum PosteriorBag {
  package static func thinned(_ draws: [[Double]], to count: Int) -> [[Double]] {
    draws.count <= count ? draws : (0..<count).map { draws[$0 * draws.count / count] }
  }
}
