import Distill
import Foundation

/// log Z of the RBM of digits by bridge sampling with a distilled NADE, against annealed importance
/// sampling that is given the same time.
struct GenerativePartition: Experiment {
  static let name = "generative-partition"

  /// The folder with the RBM.
  var data = SharedData.folder
  var width = 500
  /// Steps of distillation.
  var steps = 30_000
  /// Samples on each side of the bridge.
  var samples = 20_000
  /// Annealing steps; see ``PartitionPlan/temperatures``.
  var temperatures = ["salakhutdinov-murray", "adaptive:2000"]

  func dataFiles() throws -> [URL] { [try SharedData.file(SharedData.rbm, in: data)] }

  /// One row of the table.
  struct Row: Codable {
    let name: String
    let seconds: Double
    let estimate: LogPartition
  }

  func perform(_ run: ExperimentRun) throws {
    let rbm = try ModelFile.rbm(at: dataFiles()[0].path)
    let plan = DistillationPlan(hidden: width, steps: steps)
    let student = try run.distill(rbm, by: plan, named: "NADE \(width)", file: "student") {
      "nothing"
    }
    func estimate(_ plan: PartitionPlan) throws -> PartitionResults.Timed {
      try PartitionRun(
        rbm: rbm,
        student: student,
        plan: plan,
        seed: run.seed &+ 50,
        console: run.console,
        checkStop: { try run.stopIfAsked("the student") }
      ).perform().estimates[0]
    }
    let bridge = try run.kept("bridge") {
      let timed = try estimate(PartitionPlan(methods: [.bridge], samples: samples))
      return Row(name: "bridge sampling", seconds: timed.seconds, estimate: timed.estimate)
    }
    var rows = [bridge]
    for schedule in temperatures {
      let file = schedule.replacing(":", with: "-")
      rows.append(
        try run.kept("ais-\(file)") {
          // A few runs first, to know how many fill the time.
          let few = PartitionPlan(methods: [.ais], runs: 32, temperatures: schedule)
          let rate = Double(few.runs) / (try estimate(few).seconds)
          let runs = max(32, Int(bridge.seconds * rate))
          let all = PartitionPlan(methods: [.ais], runs: runs, temperatures: schedule)
          let timed = try estimate(all)
          return Row(
            name: "AIS, \(schedule), \(runs) runs",
            seconds: timed.seconds,
            estimate: timed.estimate
          )
        }
      )
    }
    try report(rows, run)
  }

  private func report(_ rows: [Row], _ run: ExperimentRun) throws {
    var table = TextTable(columns: [
      "log Z by", "seconds", "estimate", "3σ half-width", "interval", "ESS",
    ])
    for row in rows {
      table.append([
        row.name, String(format: "%.1f", row.seconds), fixed(row.estimate.logZ),
        fixed(3 * row.estimate.standardError),
        "[\(fixed(row.estimate.lower)), \(fixed(row.estimate.upper))]",
        String(format: "%.0f", row.estimate.effectiveSampleSize),
      ])
    }
    var page = Report(title: "log Z at equal time")
    page.add(.table(table))
    page.add(
      .chart(
        IntervalChart(
          title: "log Z of the RBM of digits",
          x: Axis("log Z"),
          rows: rows.map {
            .init(
              $0.name,
              value: $0.estimate.logZ,
              lower: $0.estimate.logZ - 3 * $0.estimate.standardError,
              upper: $0.estimate.logZ + 3 * $0.estimate.standardError
            )
          },
          reference: WidthReport.reference
        )
      )
    )
    page.add(
      .paragraph(
        "The line is at \(WidthReport.reference), known within 0.06. Bars are three standard errors; "
          + "the time to distil the student, which serves for more than log Z, is not counted."
      )
    )
    try run.folder.write(page.html, to: RunFolder.report)
    try run.folder.write(table.text(), to: RunFolder.table)
    run.console.show(table.text(), rows)
  }
}
