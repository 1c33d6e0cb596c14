import Distill
import Foundation

/// Fits a mixture to values drawn from the predictive: by batch expectation maximisation, or by
/// stepwise expectation maximisation on values that are drawn once and forgotten.
struct DensityTraining {
  static let checkpoint = "student.checkpoint.json"

  let run: PredictiveRun
  let plan: StudentPlan
  /// A value of the outcome that a draw predicts.
  let value: ([Double], inout RandomStream) -> [Double]
  /// Where the draws come from.
  let source: any DrawSource

  /// What goes on from a checkpoint needs.
  private struct State: Codable {
    var fit: StepwiseEM
    var random: RandomStream
    /// Nil in checkpoints of earlier versions, and for draws that are made here.
    var draws: DrawsRead?
  }

  /// Values in a step of stepwise expectation maximisation.
  private var batchSize: Int { plan.batchSize }

  /// Batch: from the best of several starts.
  func fit(_ values: [[Double]], _ random: inout RandomStream) throws -> CompactStudent {
    if run.family == .studentTMixture {
      let line = try values.map { value -> Double in
        guard value.count == 1 else {
          throw CommandError("--family student-t-mixture is for single numbers, not \(value.count)")
        }
        return value[0]
      }
      let fit = try StudentTMixture.fitted(to: line, components: plan.components, using: &random)
      return try CompactStudent(.students(fit.mixture))
    }
    let fit = try GaussianMixture.fitted(
      to: values,
      components: plan.components,
      covariance: run.options.student.covariance,
      using: &random
    )
    return try CompactStudent(.gaussians(fit.mixture))
  }

  /// Online: every value is looked at once.
  ///
  /// - Parameter draws: From the first draw on, also when the run goes on from a checkpoint.
  func follow(_ draws: any DrawStream) throws -> (student: CompactStudent, isStopped: Bool) {
    guard run.family == .gaussianMixture || run.family == .normal else {
      throw CommandError(
        "--family \(run.family.rawValue) is fitted to a bag of draws only: leave out --online, or "
          + "use gaussian-mixture"
      )
    }
    var random = RandomStream(seed: run.seed, stream: 21)
    func batch(_ count: Int) throws -> [[Double]] {
      var values: [[Double]] = []
      while values.count < count, let draw = try draws.next() {
        values.append(value(draw, &random))
      }
      return values
    }
    let first = try batch(max(batchSize, 50 * plan.components))
    guard first.count > plan.components else {
      throw CommandError(
        "there are too few draws for \(plan.components) components: \(first.count)"
      )
    }
    var state: State
    if let saved = try load(like: first) {
      state = saved
      if let read = saved.draws { try (source as? HashedDraws)?.expect(read) }
      for _ in 0..<saved.fit.updates {
        guard try batch(batchSize).count == batchSize else {
          throw CommandError(
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
        covariance: run.options.student.covariance,
        using: &random
      )
      let fit = StepwiseEM(from: start, covariance: run.options.student.covariance)
      state = State(fit: fit, random: random)
    }
    run.work.begin("student", of: plan.steps)
    var isStopped = false
    while plan.steps.map({ state.fit.updates < $0 }) ?? true {
      let values = try batch(batchSize)
      guard values.count == batchSize else { break }
      let log = try state.fit.update(with: values)
      state.random = random
      run.work.update(state.fit.updates, loss: -log)
      if run.work.isCancelled() {
        isStopped = true
        break
      }
    }
    run.work.end()
    // A wish to stop may also have ended the draws.
    isStopped = isStopped || run.work.isCancelled()
    if isStopped {
      state.draws = (source as? HashedDraws)?.read
      try run.folder.write(
        String(decoding: try JSONEncoder().encode(state), as: UTF8.self),
        to: Self.checkpoint
      )
    }
    return (try CompactStudent(.gaussians(state.fit.mixture)), isStopped)
  }

  /// - Parameter values: Some of what the mixture is fitted to.
  private func load(like values: [[Double]]) throws -> State? {
    guard run.folder.contains(Self.checkpoint) else { return nil }
    let data = try RegularFile.data(run.folder.file(Self.checkpoint))
    guard let state = try? JSONDecoder().decode(State.self, from: data),
      state.fit.mixture.components == plan.components,
      values.allSatisfy({ $0.count == state.fit.mixture.dimension })
    else {
      throw CommandError("'\(run.folder.file(Self.checkpoint).path)' is damaged: start a new run")
    }
    return state
  }
}

extension PredictiveRun {
  /// Values that batch expectation maximisation is fitted to.
  private static let values = 20_000

  /// A value of the outcome that a draw predicts.
  func value(_ problem: PredictiveProblem) -> ([Double], inout RandomStream) -> [Double] {
    let model = problem.model
    if options.model == .samples { return { draw, _ in draw } }
    return { draw, random in [model.sample(draw, using: &random)] }
  }

  func trainDensity(_ problem: PredictiveProblem, _ source: any DrawSource) throws -> Trained {
    var seen = SeenDraws(source, capacity: isOnline ? 4_096 : nil)
    var plan = plan(source, family)
    if isOnline {
      let perStep = plan.batchSize
      plan = plan.limited(
        to: source.promisedCount.map { max(1, $0 / perStep - 1) } ?? options.student.steps
          ?? (source.isSampledHere ? 1_000 : nil)
      )
      let training = DensityTraining(
        run: self,
        plan: plan,
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
      run: self,
      plan: plan,
      value: value(problem),
      source: source
    )
    let bag = try readAll(source, into: &seen).map(problem.change)
    guard !bag.isEmpty else { throw CommandError("there are no draws") }
    var random = RandomStream(seed: seed, stream: 22)
    var values: [[Double]]
    if options.model == .samples {
      // The last fifth is kept for the certificate.
      values = Array(bag.prefix(max(1, bag.count * 4 / 5)))
    } else {
      values = (0..<Self.values).map { _ in
        training.value(bag[random.index(below: bag.count)], &random)
      }
    }
    work.note("fitting \(plan.components) components to \(grouped(values.count)) values")
    let student = try training.fit(values, &random)
    return Trained(student: student, isStopped: false, problem: problem, seen: seen)
  }
}

extension StudentPlan {
  func limited(to steps: Int?) -> StudentPlan {
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
