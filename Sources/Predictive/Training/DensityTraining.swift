import Exchange
import Foundation
import Mathematics
import Probability
import Tensors

/// Fits a mixture to values drawn from the predictive: by batch expectation maximisation, or by
/// stepwise expectation maximisation on values that are drawn once and forgotten.
package struct DensityTraining {
  package static let checkpoint = "student.checkpoint.json"

  package let task: PredictiveTask
  package let plan: StudentPlan
  /// A value of the outcome that a draw predicts.
  package let value: ([Double], inout RandomStream) -> [Double]
  /// Where the draws come from.
  package let source: any DrawSource

  /// What resumes from a checkpoint needs.
  private struct State: Codable {
    var fit: StepwiseEM
    var random: RandomStream
    /// Nil in checkpoints of earlier versions, and for draws that are made here.
    var draws: DrawsRead?
  }

  /// Values in a step of stepwise expectation maximisation.
  private var batchSize: Int { plan.batchSize }

  /// Batch: from the best of several starts.
  package func fit(_ values: [[Double]], _ random: inout RandomStream) throws -> CompactStudent {
    guard let fit = task.family.item.fit else {
      preconditionFailure("families over inputs are trained by StudentTraining")
    }
    return try fit(self, values, &random)
  }

  /// Online: every value is looked at once.
  ///
  /// - Parameter draws: From the first draw on, also when the run resumes from a checkpoint.
  package func follow(_ draws: any DrawStream) throws -> (student: CompactStudent, isStopped: Bool)
  {
    guard task.family == .gaussianMixture || task.family == .normal else {
      throw RunError(
        "--family \(task.family.rawValue) is fitted to a bag of draws only: leave out --online, or "
          + "use gaussian-mixture"
      )
    }
    var random = RandomStream(seed: task.seed, stream: 21)
    func batch(_ count: Int) throws -> [[Double]] {
      var values: [[Double]] = []
      while values.count < count, let draw = try draws.next() {
        values.append(value(draw, &random))
      }
      return values
    }
    let first = try batch(max(batchSize, 50 * plan.components))
    guard first.count > plan.components else {
      throw RunError(
        "there are too few draws for \(plan.components) components: \(first.count)"
      )
    }
    var state: State
    if let saved = try load(like: first) {
      state = saved
      if let read = saved.draws { try (source as? HashedDraws)?.expect(read) }
      for _ in 0..<saved.fit.updates {
        guard try batch(batchSize).count == batchSize else {
          throw RunError(
            "there are fewer draws than the \(saved.fit.updates) batches that the run has seen: give "
              + "the draws that it was started with"
          )
        }
      }
      random = saved.random
    } else {
      let start = try GaussianMixture.spread(
        over: first,
        components: plan.components,
        covariance: task.plan.student.covariance,
        using: &random
      )
      let fit = StepwiseEM(from: start, covariance: task.plan.student.covariance)
      state = State(fit: fit, random: random)
    }
    task.work.begin("student", of: plan.steps)
    var isStopped = false
    while plan.steps.map({ state.fit.updates < $0 }) ?? true {
      let values = try batch(batchSize)
      guard values.count == batchSize else { break }
      let log = try state.fit.update(with: values)
      state.random = random
      task.work.update(state.fit.updates, loss: -log)
      if task.work.isCancelled() {
        isStopped = true
        break
      }
    }
    task.work.end()
    // A wish to stop may also have ended the draws.
    isStopped = isStopped || task.work.isCancelled()
    if isStopped {
      state.draws = (source as? HashedDraws)?.read
      try task.folder?.write(
        String(decoding: try JSONEncoder().encode(state), as: UTF8.self),
        to: Self.checkpoint
      )
    }
    return (try CompactStudent(.gaussians(state.fit.mixture)), isStopped)
  }

  /// - Parameter values: Some of what the mixture is fitted to.
  private func load(like values: [[Double]]) throws -> State? {
    guard let folder = task.folder, folder.contains(Self.checkpoint) else { return nil }
    let data = try RegularFile.data(folder.file(Self.checkpoint))
    guard let state = try? CarefulJSONDecoder().decode(State.self, from: data),
      state.fit.mixture.components == plan.components,
      values.allSatisfy({ $0.count == state.fit.mixture.dimension })
    else {
      throw RunError("'\(folder.file(Self.checkpoint).path)' is damaged: start a new run")
    }
    return state
  }
}

extension PredictiveTask {
  /// Values that batch expectation maximisation is fitted to.
  private static let values = 20_000

  /// A value of the outcome that a draw predicts.
  package func value(_ problem: PredictiveProblem) -> ([Double], inout RandomStream) -> [Double] {
    let model = problem.model
    if plan.model == .samples { return { draw, _ in draw } }
    return { draw, random in [model.sample(draw, using: &random)] }
  }

  package func trainDensity(_ problem: PredictiveProblem, _ source: any DrawSource) throws
    -> Trained
  {
    var seen = RetainedDraws(source, capacity: isOnline ? 4_096 : nil)
    var studentPlan = self.studentPlan(source, family)
    if isOnline {
      let perStep = studentPlan.batchSize
      studentPlan = studentPlan.limited(
        to: source.promisedCount.map { max(1, $0 / perStep - 1) } ?? plan.student.steps
          ?? (source.isSampledHere ? 1_000 : nil)
      )
      let training = DensityTraining(
        task: self,
        plan: studentPlan,
        value: value(problem),
        source: source
      )
      let watch = WatchedSource(source, seen)
      let result = try training.follow(MappedDraws(watch, problem.change))
      return Trained(
        student: result.student,
        isStopped: result.isStopped,
        problem: problem,
        seen: watch.seen
      )
    }
    let training = DensityTraining(
      task: self,
      plan: studentPlan,
      value: value(problem),
      source: source
    )
    let bag = try readAll(source, into: &seen).map(problem.change)
    guard !bag.isEmpty else { throw RunError("there are no draws") }
    var random = RandomStream(seed: seed, stream: 22)
    var values: [[Double]]
    if plan.model == .samples {
      // The last fifth is kept for the certificate.
      values = Array(bag.prefix(max(1, bag.count * 4 / 5)))
    } else {
      values = (0..<Self.values).map { _ in
        training.value(bag[random.index(below: bag.count)], &random)
      }
    }
    work.note("fitting \(studentPlan.components) components to \(grouped(values.count)) values")
    let student = try training.fit(values, &random)
    return Trained(student: student, isStopped: false, problem: problem, seen: seen)
  }
}

extension StudentPlan {
  package func limited(to steps: Int?) -> StudentPlan {
    StudentPlan(
      family: family,
      components: components,
      loss: loss,
      isOnline: isOnline,
      batchSize: batchSize,
      steps: steps,
      learningRate: learningRate,
      reuse: 1
    )
  }
}
