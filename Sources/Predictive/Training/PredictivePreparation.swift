import Distillation
import Exchange
import Foundation

/// What a run of `distill predictive` reads, understood as a whole before anything is written.
package struct PredictivePreparation {
  package let source: any DrawSource
  /// The sampler of the draws where they are made here.
  package let sampling: BuiltInSampling?
  package let problem: PredictiveProblem
  /// Where student and draws are compared; nil where they are not, and for densities.
  package let compared: HeldOutInputs?
  /// The outcome of each row of the data; nil where there are none.
  package let outcomes: [Double]?

  /// - Throws: One sentence when files do not fit each other or what is asked for.
  package init(
    _ plan: PredictivePlan,
    seed: UInt64,
    kept: KeptChains? = nil,
    _ work: Work
  ) throws {
    let data = try Self.readData(plan, work)
    let draws = try Self.openDraws(plan, data, seed: seed, work)
    (source, sampling) = (draws.source, draws.sampling)
    if let kept, let sampled = draws.source as? SampledDraws {
      let count = try sampled.take(kept)
      if count > 0 {
        work.note(
          "\(count) of \(sampled.chainCount) chains are those in '\(kept.folder.path)'"
        )
      }
    }
    var problem = try PredictiveProblem(plan, draws.layout, data)
    try ClassNames.requireLines(problem.classes, of: plan.data.table ?? "the plan")
    outcomes = data?.outcomes(in: problem.classes)
    for remark in problem.remarks + (sampling?.remarks ?? []) { work.note(remark) }
    guard plan.isCertified, !plan.model.isDensity else {
      (self.problem, compared) = (problem, nil)
      return
    }
    let isMean = problem.model.quantity == .means
    guard
      !isMean || problem.model is TabulatedOutcomes
        || (problem.model is LinearPredictorModel && plan.family != .network)
    else {
      throw RunError(
        "a student of means alone cannot be certified, because it has no distribution: leave --certify "
          + "out"
      )
    }
    guard !(problem.model is TabulatedOutcomes && plan.student.isOnline) else {
      throw RunError(
        "--certify keeps a fifth of the outcomes out, and --online learns from all of them: leave one "
          + "of the two out"
      )
    }
    if plan.data.heldOut == nil { problem.holdOut(seed: seed) }
    self.problem = problem
    compared = try HeldOutInputs(plan, problem, data, seed: seed)
  }

  /// The table of inputs, where one was named.
  private static func readData(
    _ plan: PredictivePlan,
    _ work: Work
  ) throws -> PredictiveData? {
    guard let path = plan.data.table else { return nil }
    if plan.model.isDensity {
      guard plan.draws.files.isEmpty else { return nil }
      let data = try PredictiveData.ofOutcomes(
        path,
        plan.data.outcome,
        header: plan.data.csvHeader
      )
      try data.checkRange(path)
      return data
    }
    let data = try PredictiveData.read(
      path,
      plan.data,
      plan.model.outcomes(plan.draws, classes: plan.data.classes)
    )
    try data.checkRange(path)
    for remark in data.remarks { work.note("\(path): \(remark)") }
    return data
  }

  private static func openDraws(
    _ plan: PredictivePlan,
    _ data: PredictiveData?,
    seed: UInt64,
    _ work: Work
  ) throws -> (source: any DrawSource, layout: DrawLayout, sampling: BuiltInSampling?) {
    guard plan.draws.files.isEmpty else {
      var layout: DrawLayout?
      let file: DrawFile
      do {
        file = try DrawFile(
          plan.draws.files,
          divergences: plan.draws.divergent,
          mayBeIncomplete: plan.draws.mayBeIncomplete,
          axes: plan.draws.axes,
          length: [.values, .outcomes].contains(plan.model) ? data?.count : data?.names.count,
          isCancelled: { work.isCancelled() },
          choosing: { columns in
            layout = try DrawLayout(plan.draws, plan.model, columns)
            return layout!.variables
          }
        )
      } catch is BytesInTurn.Cancelled {
        throw Stopped("stopped before a draw came")
      }
      for remark in file.remarks { work.note(remark) }
      // What a pipe has given, and what was learnt online, must not be lost.
      let isLive = plan.student.isOnline || !file.canBeReadAgain
      let source: any DrawSource =
        isLive ? LiveDraws(file, canBeReadAgain: file.canBeReadAgain) : file
      return (HashedDraws(source), layout!, nil)
    }
    let limit = plan.sampling.draws ?? (plan.student.isOnline ? nil : 2_000)
    let sampling = try BuiltInSampling(plan, data, limit: limit, seed: seed)
    return (sampling.source, sampling.layout, sampling)
  }
}
