import Exchange
import Foundation
import Mathematics
import Reporting

/// What came out of a search for a student, in tables, charts and files.
package struct FitFindings {
  /// All trials as JSON and as CSV.
  package static let json = "frontier.json"
  package static let csv = "frontier.csv"
  package static let table = "fit.txt"

  private let fit: FitPlan
  private let trials: [FitTrial]
  /// The last trial of each candidate, the cheapest first.
  private let latest: [FitTrial]
  private let frontier: [FitTrial]

  package init(_ fit: FitPlan, _ trials: [FitTrial]) {
    (self.fit, self.trials) = (fit, trials)
    func share(_ trial: FitTrial) -> Double {
      fit.budget.share(of: fit.candidates[trial.candidate].cost)
    }
    latest = Dictionary(grouping: trials, by: \.candidate).values
      .map { $0.max { $0.round < $1.round }! }
      .sorted { (share($0), $0.candidate) < (share($1), $1.candidate) }
    frontier = fit.fronts(latest).first ?? []
  }

  /// The trial that is chosen.
  ///
  /// - Throws: `RunError` with the nearest budget for which there is a student, where no student is as good
  ///   as it must be.
  package func choice() throws -> FitTrial {
    let last = trials.filter { $0.round == fit.schedule.sizes.count }
    if let best = fit.best(last) { return best }
    guard let target = fit.budget.target,
      let nearest = last.max(by: { $0.quality(target) < $1.quality(target) }),
      nearest.quality(target).isFinite
    else {
      throw RunError("no student could be trained: try a smaller --learning-rate")
    }
    let (reached, measure) = (nearest.value(of: target.measure), target.measure)
    // Rounded to where it is kept.
    let scaled = 1000 * reached
    let kept = (measure == .kl ? scaled.rounded(.up) : scaled.rounded(.down)) / 1000
    let other = FitBudget(
      FitBudget.Target(measure: measure, value: kept),
      nanoseconds: fit.budget.nanoseconds,
      bytes: fit.budget.bytes
    )
    throw RunError(
      "no student of \(fit.candidates.count) reaches \(measure) \(Uncertain.short(target.value)) on the "
        + "validation examples at the costs allowed: the nearest, "
        + "\(fit.candidates[nearest.candidate].student), has \(Uncertain.short(reached)); say --fit "
        + "\"\(other)\", or train longer"
    )
  }

  /// Writes the frontier and the table.
  package func write(to folder: RunFolder) throws {
    let rows = latest.map(row)
    try folder.write(prettyJson(Frontier(budget: fit.budget, students: rows)), to: Self.json)
    try folder.write(CSV.text(rows: [Row.columns] + rows.map(\.cells)), to: Self.csv)
    try folder.write(text().text(width: 80), to: Self.table)
  }

  private struct Frontier: Encodable {
    let budget: FitBudget
    let students: [Row]
  }

  private struct Row: Encodable {
    let student: String
    let microseconds: Double
    let measuredBy: String
    let bytes: Int
    let steps: Int
    let agreement: Double
    let accuracy: Double?
    let kl: Double
    /// Whether no other is as good and cheaper.
    let isOnFrontier: Bool

    static let columns = [
      "student", "microseconds", "measured by", "bytes", "steps", "agreement", "accuracy", "kl",
      "on frontier",
    ]

    var cells: [String] {
      [
        student, "\(microseconds)", measuredBy, "\(bytes)", "\(steps)", "\(agreement)",
        accuracy.map { "\($0)" } ?? "", "\(kl)", isOnFrontier ? "1" : "0",
      ]
    }
  }

  private func row(_ trial: FitTrial) -> Row {
    let candidate = fit.candidates[trial.candidate]
    return Row(
      student: candidate.student,
      microseconds: candidate.cost.microseconds,
      measuredBy: candidate.cost.engine,
      bytes: candidate.cost.bytes,
      steps: trial.steps,
      agreement: trial.agreement,
      accuracy: trial.accuracy,
      kl: trial.divergence,
      isOnFrontier: frontier.contains(trial)
    )
  }

  /// The students, the cheapest first, those marked of which none is as good and cheaper.
  ///
  /// - Parameter most: Of those that were trained longest; nil for all.
  package func text(most: Int? = nil) -> TextTable {
    let shown = most.map { most in
      Set(
        latest.sorted { ($0.steps, $0.candidate) > ($1.steps, $1.candidate) }.prefix(most).map(
          \.candidate
        )
      )
    }
    var table = TextTable(
      columns: ["student", "µs", "bytes", "steps", "agreement", "KL", ""],
      alignments: [.left, .right, .right, .right, .right, .right, .left]
    )
    for trial in latest where shown?.contains(trial.candidate) ?? true {
      let candidate = fit.candidates[trial.candidate]
      table.append([
        candidate.student, String(format: "%.3g", candidate.cost.microseconds),
        grouped(candidate.cost.bytes), grouped(trial.steps),
        String(format: "%.3f", trial.agreement), String(format: "%.3f", trial.divergence),
        trial.candidate == fit.chosen ? "chosen" : frontier.contains(trial) ? "frontier" : "",
      ])
    }
    return table
  }

  /// Quality against what limits it, the trials of each round and what was chosen.
  package var charts: [any Chart] {
    let measure = fit.budget.target?.measure ?? .agreement
    let axes: [(title: String, cost: (StudentCost) -> Double, isLimited: Bool)] = [
      ("µs an example", \.microseconds, fit.budget.nanoseconds != nil || fit.budget.bytes == nil),
      ("bytes", { Double($0.bytes) }, fit.budget.bytes != nil),
    ]
    return axes.filter(\.isLimited).map { axis in
      func points(_ trials: [FitTrial]) -> [LineChart.Point] {
        trials.map {
          LineChart.Point(
            x: axis.cost(fit.candidates[$0.candidate].cost),
            y: $0.value(of: measure),
            error: 2 * $0.standardError
          )
        }
      }
      let rounds = fit.schedule.sizes.indices.map { round in
        ScatterChart.Group("round \(round + 1)", points(trials.filter { $0.round == round + 1 }))
      }
      let chosen = latest.filter { $0.candidate == fit.chosen }
      return ScatterChart(
        title: "\(measure == .kl ? "KL" : measure.rawValue.capitalized) against \(axis.title)",
        x: Axis(axis.title, scale: .logarithmic),
        y: Axis("\(measure == .kl ? "KL, nats" : measure.rawValue), validation examples"),
        groups: rounds + [ScatterChart.Group("chosen", points(chosen))]
      )
    }
  }

  /// Adds the search to the page of a run.
  package func add(to report: inout Report) {
    report.add(.heading("The students among which it was chosen"))
    if let choice = fit.choice { report.add(.paragraph(choice + ".")) }
    report.add(.charts(charts))
    report.add(.table(text()))
    report.add(
      .paragraph(
        """
        On the validation examples; after more steps a student may be better. Bars are two standard \
        errors. None is as good as one marked "frontier" and cheaper. What was chosen was chosen for \
        doing well here, so that it does a little worse elsewhere: what it is worth is said above, on the \
        test examples. All are in \(Self.json) and \(Self.csv) beside this page.
        """
      )
    )
  }

  /// What the student, measured on the test examples, lacks of what it was chosen for; nil where nothing.
  ///
  /// - Parameter score: Of the student.
  package static func shortfall(of score: ModelScore, _ target: FitBudget.Target?) -> String? {
    guard let target else { return nil }
    let measured: Estimate? =
      switch target.measure {
      case .agreement: score.agreement
      case .accuracy: score.accuracy
      case .kl: score.divergence
      }
    guard let measured else { return nil }
    let isShort =
      target.measure == .kl
      ? measured.mean - 2 * measured.standardError > target.value
      : measured.wilsonInterval().upperBound < target.value
    guard isShort else { return nil }
    return "the student was chosen for \(target.measure) \(Uncertain.short(target.value)) on the "
      + "validation examples, and has \(Uncertain.short(measured.mean)) on the test examples"
  }
}
