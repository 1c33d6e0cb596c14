import Distill
import Foundation

/// What a run of `distill predictive` reads, understood as a whole before anything is written.
struct PredictivePreparation {
  let source: any DrawSource
  /// The sampler of the draws where they are made here.
  let sampling: BuiltInSampling?
  let problem: PredictiveProblem
  /// Where student and draws are compared; nil where they are not, and for densities.
  let compared: HeldOutInputs?
  /// The outcome of each row of the data; nil where there are none.
  let outcomes: [Double]?

  /// - Throws: One sentence when files do not fit each other or what is asked for.
  init(
    _ options: PredictiveCommand,
    _ work: Work
  ) throws {
    let data = try Self.readData(options, work)
    let draws = try Self.openDraws(options, data, work)
    (source, sampling) = (draws.source, draws.sampling)
    var problem = try PredictiveProblem(options, draws.layout, data)
    outcomes = data?.outcomes(in: problem.classes)
    for remark in problem.remarks + (sampling?.remarks ?? []) { work.note(remark) }
    guard options.certify, !options.model.isDensity else {
      (self.problem, compared) = (problem, nil)
      return
    }
    let isMean = problem.model.quantity == .means
    guard
      !isMean || problem.model is TabulatedOutcomes
        || (problem.model is LinearPredictorModel && options.family != .network)
    else {
      throw CommandError("a student of means alone cannot be certified: it has no distribution")
    }
    guard !(problem.model is TabulatedOutcomes && options.student.online) else {
      throw CommandError(
        "--certify keeps a fifth of the outcomes out, and --online learns from all of them: leave one "
          + "of the two out"
      )
    }
    if options.data.heldOut == nil { problem.holdOut(seed: options.common.seed) }
    self.problem = problem
    compared = try HeldOutInputs(options, problem, data)
  }

  /// The table of inputs, where one was named.
  private static func readData(
    _ options: PredictiveCommand,
    _ work: Work
  ) throws -> PredictiveData? {
    guard let path = options.data.data else { return nil }
    if options.model.isDensity {
      guard options.draws.draws.isEmpty else { return nil }
      let data = try PredictiveData.ofOutcomes(
        path,
        options.data.outcome,
        header: CSV.Header(options.data.header)
      )
      try data.checkRange(path)
      return data
    }
    let data = try PredictiveData.read(
      path,
      options.data,
      options.model.outcomes(options.draws, classes: options.data.classNames)
    )
    try data.checkRange(path)
    for remark in data.remarks { work.note("\(path): \(remark)") }
    return data
  }

  private static func openDraws(
    _ options: PredictiveCommand,
    _ data: PredictiveData?,
    _ work: Work
  ) throws -> (source: any DrawSource, layout: DrawLayout, sampling: BuiltInSampling?) {
    guard options.draws.draws.isEmpty else {
      var layout: DrawLayout?
      let file: DrawFile
      do {
        file = try DrawFile(
          options.draws.draws,
          divergences: options.draws.divergent,
          mayBeIncomplete: options.draws.incomplete,
          axes: options.draws.axes,
          length: [.values, .outcomes].contains(options.model) ? data?.count : data?.names.count,
          isCancelled: { work.isCancelled() },
          choosing: { columns in
            layout = try DrawLayout(options.draws, options.model, columns)
            return layout!.variables
          }
        )
      } catch is ReadingCancelled {
        throw Stopped("stopped before a draw came")
      }
      for remark in file.remarks { work.note(remark) }
      // What a pipe has given, and what was learnt online, must not be lost.
      let isLive = options.student.online || !file.canBeReadAgain
      let source: any DrawSource =
        isLive ? LiveDraws(file, canBeReadAgain: file.canBeReadAgain) : file
      return (HashedDraws(source), layout!, nil)
    }
    let limit = options.sampling.drawsCount ?? (options.student.online ? nil : 2_000)
    let sampling = try BuiltInSampling(options, data, limit: limit)
    return (sampling.source, sampling.layout, sampling)
  }
}
