import Distill
import Foundation

/// Makes estimates of log Z, one after the other.
package struct PartitionRun {
  package let rbm: RBM
  package let student: (any StoredModel)?
  package let plan: PartitionPlan
  package let seed: UInt64
  package let work: Work
  /// Called often; what it throws ends the work.
  package let checkStop: () throws -> Void
  /// Images that the base-rate model is made from; nil to take draws of the model.
  package var images: Tensor?

  package init(
    rbm: RBM,
    student: (any StoredModel)?,
    plan: PartitionPlan,
    seed: UInt64,
    work: Work,
    checkStop: @escaping () throws -> Void,
    images: Tensor? = nil
  ) {
    self.rbm = rbm
    self.student = student
    self.plan = plan
    self.seed = seed
    self.work = work
    self.checkStop = checkStop
    self.images = images
  }

  package func perform() throws -> PartitionResults {
    var results = PartitionResults()
    let methods = try plan.methods(rbm, hasStudent: student != nil)
    var ratios: (samples: RatioSamples, seconds: Double)?
    if let student, methods.contains(where: \.needsStudent) {
      ratios = try timed { try sampleRatios(student) }
      results.bounds = ratios!.samples.bounds
    }
    var annealing: (way: Annealing, seconds: Double)?
    for method in methods {
      try checkStop()
      let anneals = [.ais, .reverseAis].contains(method)
      if anneals, annealing == nil {
        annealing = try timed {
          try prepare(forReverse: methods.contains(.reverseAis), ratios?.samples)
        }
      }
      let (estimate, seconds) = try timed { try make(method, ratios?.samples, annealing?.way) }
      let setUp = anneals ? annealing!.seconds : 0
      results.estimates.append(
        .init(
          estimate: estimate,
          seconds: seconds + setUp + (method.needsStudent ? ratios!.seconds : 0),
          setUpSeconds: setUp
        )
      )
    }
    return results
  }

  /// Where annealing begins, how it goes, and where it begins in reverse.
  private struct Annealing {
    let base: Tensor
    /// Nil where none begins in reverse.
    let draws: Tensor?
    let doubt: String?
    let schedule: AnnealingSchedule
  }

  private func make(
    _ method: PartitionMethod,
    _ ratios: RatioSamples?,
    _ annealing: Annealing?
  ) throws -> LogPartition {
    switch method {
    case .enumeration:
      work.begin("all states", of: 1 << min(rbm.inputs, rbm.hidden, 25), "states")
      defer { work.end() }
      return try rbm.enumeratedLogPartition { done, _ in
        work.update(done)
        try checkStop()
      }
    case .importance: return ratios!.importance(confidence: plan.confidence)
    case .reciprocal: return ratios!.reciprocal(confidence: plan.confidence)
    case .bridge: return ratios!.bridge(confidence: plan.confidence)
    case .ais:
      return try followed("annealing \(grouped(plan.runs)) runs", annealing!.schedule) {
        try rbm.logPartition(
          annealing: annealing!.schedule,
          from: annealing!.base,
          runs: plan.runs,
          confidence: plan.confidence,
          seed: seed &+ 2,
          progress: $0
        )
      }
    case .reverseAis:
      return try followed("annealing \(grouped(plan.runs)) runs in reverse", annealing!.schedule) {
        try rbm.logPartition(
          reverseAnnealing: annealing!.schedule,
          from: annealing!.draws!,
          to: annealing!.base,
          doubting: annealing!.doubt,
          confidence: plan.confidence,
          seed: seed &+ 3,
          progress: $0
        )
      }
    }
  }

  /// Work along a schedule that says how far it is, and can be stopped.
  private func followed(
    _ name: String,
    _ schedule: AnnealingSchedule,
    _ body: (_ progress: @escaping (_ done: Int, _ total: Int) throws -> Void) throws ->
      LogPartition
  ) throws -> LogPartition {
    let total = schedule.inverseTemperatures.count - 1
    work.begin(name, of: total, "temperatures")
    defer { work.end() }
    return try body { done, _ in
      work.update(done)
      try checkStop()
    }
  }

  private func sampleRatios(_ student: any StoredModel) throws -> RatioSamples {
    let rounds = (plan.samples + plan.chains - 1) / plan.chains
    let total = plan.burnIn + (rounds - 1) * plan.thinning
    work.begin("samples of both models", of: total, "Gibbs steps")
    defer { work.end() }
    return try rbm.ratioSamples(
      to: student,
      samples: plan.samples,
      drawing: plan.drawing,
      seed: seed
    ) { done, _ in
      work.update(done)
      try checkStop()
    }
  }

  /// Draws of the model, for reverse annealing and, without images, the base rates, which need few.
  ///
  /// Base rates are never those of a student, whose modes alone annealing would find.
  private func prepare(
    forReverse isReverse: Bool,
    _ ratios: RatioSamples?
  ) throws -> Annealing {
    let needsOwn = images == nil || isReverse && student == nil
    let rounds = (needsOwn ? 1 : 0) + (isReverse ? 2 : 0) + (isReverse && student != nil ? 2 : 0)
    work.begin("draws to anneal from", of: rounds * plan.burnIn, "Gibbs steps")
    defer { work.end() }
    var before = 0
    func look(_ done: Int) throws {
      work.update(before + done)
      try checkStop()
    }
    var own: Tensor?
    if needsOwn {
      let count = isReverse && student == nil ? plan.runs : min(plan.runs, 500)
      var chains = Chains(count, inputs: rbm.inputs, seed: seed &+ 1)
      while chains.step < plan.burnIn {
        rbm.advance(&chains, steps: min(20, plan.burnIn - chains.step))
        try look(chains.step)
      }
      (own, before) = (chains.states, plan.burnIn)
    }
    var draws = isReverse ? own : nil
    var doubt: String?
    if isReverse, let student {
      draws = try rbm.draws(plan.runs, from: student, drawing: plan.drawing, seed: seed &+ 1) {
        done,
        _ in try look(done)
      }
      before += plan.burnIn
      let independent =
        try ratios?.independent
        ?? rbm.independentDraws(
          comparedWith: student,
          steps: plan.burnIn,
          seed: seed &+ 7
        ) { try checkStop() }
      doubt = independent.doubt(
        ofChains: rbm.logRatios(to: student, at: draws!).map { [$0] }
      )
      before += plan.burnIn
    }
    if isReverse, doubt == nil {
      doubt = try rbm.doubt(of: draws!, after: plan.burnIn, seed: seed &+ 5) { done, _ in
        try look(done)
      }
    }
    let base = RBM.baseBias(of: images ?? own!)
    let schedule = try plan.schedule(rbm, base: base, seed: seed &+ 4)
    return Annealing(base: base, draws: draws, doubt: doubt, schedule: schedule)
  }

  private func timed<Result>(_ body: () throws -> Result) rethrows -> (Result, Double) {
    let clock = ContinuousClock()
    let start = clock.now
    let result = try body()
    return (result, (clock.now - start) / .seconds(1))
  }
}
