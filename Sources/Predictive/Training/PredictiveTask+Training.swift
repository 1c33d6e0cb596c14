import Exchange
import Foundation
import Mathematics
import Probability

extension PredictiveTask {
  /// The most draws that are kept online, to compare the student with.
  private static let kept = 4_096

  /// Draws that students start from.
  private static let first = 256

  /// Trains a regression or a classifier.
  package func trainStudent(_ problem: PredictiveProblem, _ source: any DrawSource) throws
    -> Trained
  {
    var seen = RetainedDraws(source, capacity: isOnline ? Self.kept : nil)
    let raw = isOnline ? try read(source, upTo: Self.first) : try readAll(source, into: &seen)
    guard let any = raw.first else { throw RunError("there are no draws") }
    guard any.count == source.names.count else { preconditionFailure("a draw of another length") }
    let family = try family(of: raw)
    let studentPlan = self.studentPlan(source, family)
    var problem = problem
    if family != .poissonMixtureNetwork {
      problem = try problem.scalingOutcomes(raw.map(problem.change), seed: seed)
    }
    problem.smoothsRows = smoothsRows(problem, studentPlan)
    var start = try raw.map(problem.change)
    let training = StudentTraining(
      task: self,
      plan: studentPlan,
      problem: problem,
      source: source,
      family: family
    )
    if !isOnline {
      // Outcomes that were drawn are scored by those that were not trained on.
      if plan.model == .outcomes, plan.isCertified {
        start = Array(start.prefix(max(1, DrawnOutcomeCertifier.fitted(of: start.count))))
      }
      let bag = BagDraws(start, seed: seed &+ 1)
      let draws = StudentTraining.DrawAccess(start: start, stream: bag)
      let result = try training.train(draws)
      let isOpen = plan.student.family == .automatic && !result.isStopped
      return Trained(
        student: isOpen ? FormChoice(training, draws).nearest(result.student) : result.student,
        isStopped: result.isStopped,
        problem: problem,
        seen: seen
      )
    }
    let watch = WatchedSource(source, RetainedDraws(source, capacity: Self.kept), showing: raw)
    let stream = RepeatedDraws(
      MappedDraws(PrefixedDraws(raw, watch), problem.change),
      times: studentPlan.reuse
    )
    let result = try training.train(.init(start: start, stream: stream))
    // A run that goes on after its last step takes no draws of its own accord.
    if !result.isStopped { try watch.read(upTo: studentPlan.drawCount) }
    return Trained(
      student: result.student,
      isStopped: result.isStopped,
      problem: problem,
      seen: watch.seen
    )
  }

  /// All draws, as they are written.
  package func readAll(_ source: any DrawSource, into seen: inout RetainedDraws) throws
    -> [[Double]]
  {
    var count = 0
    work.begin("draws", of: source.promisedCount, "draws")
    defer { work.end() }
    let draws = try read(source) { draw in
      count += 1
      seen.add(draw, ofChain: source.latestChain)
      if count % 64 == 0 { work.update(count) }
    }
    work.update(draws.count)
    return draws
  }

  /// What was asked for, or what is usual.
  package func studentPlan(_ source: any DrawSource, _ family: PredictiveFamilyName) -> StudentPlan
  {
    let student = plan.student
    let wanted = 5_000
    let batchSize = student.batchSize ?? (family.isFittedByLikelihood ? 100 : 20)
    let draws = source.promisedCount
    var (steps, reuse): (Int?, Int) = (student.steps ?? wanted, 1)
    if isOnline {
      let isEndless = draws == nil && source.isSampledHere
      let needed = draws.map { ((student.steps ?? wanted) * batchSize + $0 - 1) / $0 }
      reuse =
        student.reuse ?? min(max(needed ?? (isEndless ? 1 : batchSize), 1), batchSize)
      let possible = draws.map { max(1, min($0, 1 << 42) * reuse / batchSize) }
      steps =
        isEndless ? steps : possible.map { min($0, student.steps ?? $0) } ?? student.steps
    }
    return StudentPlan(
      family: family.rawValue,
      components: student.components ?? defaultComponents(family),
      loss: family.isFittedByLikelihood ? "likelihood" : student.loss.rawValue,
      isOnline: isOnline,
      batchSize: batchSize,
      steps: steps,
      learningRate: student.learningRate ?? family.learningRate,
      reuse: reuse
    )
  }

  /// What was asked for; of outcomes that draws hold, and where nothing was, by what they are, which is
  /// said.
  private func family(of draws: [[Double]]) throws -> PredictiveFamilyName {
    guard plan.model == .outcomes else { return family }
    let odd = draws.lazy.compactMap { draw in
      draw.first { !($0 >= 0 && $0 == $0.rounded() && $0 < 0x1p53) }
    }.first
    if let asked = plan.student.family.name {
      if asked == .poissonMixtureNetwork, let odd {
        throw RunError(
          "--family \(asked.rawValue) is for counts, and a draw holds \(odd): use "
            + PredictiveFamilyName.mixtureDensityNetwork.rawValue
        )
      }
      return asked
    }
    guard odd == nil else { return .mixtureDensityNetwork }
    work.note(
      "all outcomes are whole numbers from 0, taken for counts (--family mixture-density-network for "
        + "numbers)"
    )
    return .poissonMixtureNetwork
  }

  /// Whether the table has fewer rows than the student has numbers, which they would not determine;
  /// says so.
  private func smoothsRows(_ problem: PredictiveProblem, _ student: StudentPlan) -> Bool {
    guard let rows = problem.rows, plan.data.inputs == nil, family.isTrained,
      !problem.isTabulated
    else { return false }
    let count = problem.fitted?.count ?? rows.shape[0]
    let numbers = student.numbers(
      family,
      inputs: problem.scaling.dimension,
      outputs: problem.classes.count,
      hidden: plan.student.hidden
    )
    guard count > 1, count < numbers else { return false }
    work.note(
      "\(grouped(count)) rows are fewer than the student's \(grouped(numbers)) numbers: it is "
        + "distilled at inputs drawn near them (--inputs data for the rows alone)"
    )
    return true
  }

  private func defaultComponents(_ family: PredictiveFamilyName) -> Int {
    if family == .normal { return 1 }
    if plan.model == .outcomes { return 5 }
    if family == .mixtureDensityNetwork { return 1 }
    return plan.model.isDensity ? 3 : 10
  }
}

extension StudentPlan {
  /// About the numbers that a student of a family has.
  package func numbers(
    _ family: PredictiveFamilyName,
    inputs: Int,
    outputs: Int,
    hidden: [Int]
  ) -> Int {
    guard family.hasNetwork else {
      return components * inputs * (family == .mixtureOfSoftmaxes ? outputs : 1)
    }
    let head =
      switch family {
      case .mixtureDensityNetwork: 3 * components
      case .poissonMixtureNetwork: 2 * components
      default: max(outputs, 1)
      }
    let widths = [inputs] + hidden + [head]
    return zip(widths, widths.dropFirst()).reduce(0) { $0 + ($1.0 + 1) * $1.1 }
  }
}

/// A source whose draws are also shown to a bag.
package final class WatchedSource: DrawStream {
  private let source: any DrawSource
  package private(set) var seen: RetainedDraws

  /// - Parameter shown: Draws that were taken from the source before, chains in turn.
  package init(_ source: any DrawSource, _ seen: RetainedDraws, showing shown: [[Double]] = []) {
    self.source = source
    self.seen = seen
    for (row, draw) in shown.enumerated() {
      self.seen.add(draw, ofChain: row % source.chainCount)
    }
  }

  package func next() throws -> [Double]? {
    guard let draw = try source.next() else { return nil }
    seen.add(draw, ofChain: source.latestChain)
    return draw
  }

  /// Reads on until `count` draws were seen, or there are no more.
  package func read(upTo count: Int) throws {
    while seen.seen < count, try next() != nil {}
  }

  package func restart() throws {
    try source.restart()
    seen.removeAll()
  }
}
