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

  /// A student, and whether its training was stopped.
  package typealias Trained = (student: CompactStudent, isStopped: Bool)

  /// Trains a student of the chosen family.
  ///
  /// - Returns: The student in the coordinates of the inputs as they are given, and whether training
  ///   was stopped.
  package func train(_ draws: DrawAccess) throws -> Trained {
    guard let train = family.item.train else {
      preconditionFailure("densities are trained by DensityTraining")
    }
    return try train(self, draws)
  }

  var weightsAreFixed: Bool { family.isTrained && !task.plan.student.freeWeights }

  /// A few representative draws as components to start from.
  func medoids(_ draws: DrawAccess) throws -> (rows: [[Double]], weights: [Double]?) {
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

  var classes: Int { problem.classes.count }

  func trainClasses(
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
      return try train(
        student,
        observedAs: meaning,
        on: inputs,
        minimizing: chosen,
        looking: looking(beside: draws.start)
      )
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
      minimizing: chosen,
      looking: looking(beside: draws.start)
    )
  }

  var meaning: Observation.Meaning {
    problem.model.quantity == .means ? .reals : .logits
  }

  func widths(_ outputs: Int?) -> [Int] {
    [problem.scaling.dimension] + task.plan.student.hidden + (outputs.map { [$0] } ?? [])
  }

  /// The student with the names of its inputs and classes.
  func finished(_ family: CompactStudent.Family) throws -> CompactStudent {
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
