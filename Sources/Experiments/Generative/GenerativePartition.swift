import Distill
import Foundation
import Runs

/// log Z of the RBM of digits by bridge sampling with a distilled NADE, against annealed importance
/// sampling that is given the same time, the set-up of its schedule included.
package struct GenerativePartition: Job {
  package static let name = "generative-partition"

  /// The folder with the RBM.
  package var data: String = SharedData.folder
  package var width = 500
  /// Steps of distillation.
  package var steps = 30_000
  /// Samples on each side of the bridge.
  package var samples = 20_000
  /// Annealing steps; see ``PartitionPlan/temperatures``.
  package var temperatures = ["salakhutdinov-murray", "adaptive:2000"]
  /// Annealing runs; nil for as many as take the time of the bridge, which another machine does not repeat.
  package var runs: Int?
  /// log Z of the RBM as others found it: of the usual one by AIS and bridge sampling together, ± 0.06.
  package var reference = 451.25

  package init() {}

  package func check() throws {
    try distillation.check()
    guard !temperatures.isEmpty, Set(temperatures).count == temperatures.count else {
      throw RunError("temperatures: name at least one way of annealing, each once")
    }
    for schedule in temperatures { try annealing(schedule, runs: runs ?? Self.fewestRuns).check() }
    try PartitionPlan(samples: samples).check()
    try requireNumbers("reference", [reference], .within(1e12))
  }

  package func dataFiles() throws -> [URL] { [try SharedData.file(SharedData.rbm, in: data)] }

  private var distillation: DistillationPlan {
    DistillationPlan(student: "nade:\(width)", steps: steps)
  }

  private func annealing(_ schedule: String, runs: Int) -> PartitionPlan {
    PartitionPlan(methods: [.ais], runs: runs, temperatures: schedule)
  }

  /// One row of the table.
  package struct Row: Codable {
    package let name: String
    package let seconds: Double
    /// The part of them before the first annealing run.
    package let setUpSeconds: Double
    package let estimate: LogPartition

    package init(_ name: String, _ timed: PartitionResults.Timed) {
      self.name = name
      (seconds, setUpSeconds, estimate) = (timed.seconds, timed.setUpSeconds, timed.estimate)
    }
  }

  package func perform(_ run: Run) throws {
    let rbm = try ModelFile.rbm(at: dataFiles()[0].path)
    let student = try run.distill(rbm, by: distillation, named: "NADE \(width)", file: "student") {
      "nothing"
    }
    func estimate(_ plan: PartitionPlan) throws -> PartitionResults.Timed {
      try PartitionRun(
        rbm: rbm,
        student: student,
        plan: plan,
        seed: run.seed &+ 50,
        work: run.work,
        checkStop: { try run.stopIfAsked("the student") }
      ).perform().estimates[0]
    }
    let bridge = try run.kept("bridge") {
      Row("bridge sampling", try estimate(PartitionPlan(methods: [.bridge], samples: samples)))
    }
    let rows = try temperatures.map { schedule in
      try run.kept("ais-\(schedule.replacing(":", with: "-"))") {
        func annealed(_ runs: Int) throws -> PartitionResults.Timed {
          try estimate(annealing(schedule, runs: runs))
        }
        let (count, timed) =
          try runs.map { ($0, try annealed($0)) } ?? Self.filling(bridge.seconds, annealed)
        return Row("AIS, \(schedule), \(count) runs", timed)
      }
    }
    try report([bridge] + rows, run)
  }

  private static let fewestRuns = 64

  /// As many annealing runs as fill a time, of which the set-up takes its part.
  ///
  /// Many runs cost less each than few, so that the rate is measured again at the number of runs that
  /// it leads to.
  package static func filling(
    _ seconds: Double,
    _ estimate: (_ runs: Int) throws -> PartitionResults.Timed
  ) rethrows -> (runs: Int, timed: PartitionResults.Timed) {
    var runs = fewestRuns
    var timed = try estimate(runs)
    for _ in 0..<3 {
      let rate = Double(runs) / max(timed.seconds - timed.setUpSeconds, 1e-3)
      let room = rate * (seconds - timed.setUpSeconds)
      let fitting = Int(min(max(room, Double(fewestRuns)), 1e6))
      if abs(fitting - runs) * 20 <= runs { break }
      runs = fitting
      timed = try estimate(runs)
    }
    return (runs, timed)
  }

  private func report(_ rows: [Row], _ run: Run) throws {
    var table = TextTable(columns: [
      "log Z by", "seconds", "of them set-up", "estimate", "3σ half-width", "3σ interval", "ESS",
    ])
    for row in rows {
      table.append([
        row.name, String(format: "%.1f", row.seconds), String(format: "%.1f", row.setUpSeconds),
        fixed(row.estimate.logZ), fixed(3 * row.estimate.standardError),
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
              lower: max($0.estimate.lower, reference - 2),
              upper: min($0.estimate.upper, reference + 2)
            )
          },
          reference: reference
        )
      )
    )
    let words =
      "The line is at \(reference). Intervals are of three standard "
      + "errors; one without an end claims a bound only, because too few runs carry its weights. "
      + "Seconds hold all that a method needs: samples of both sides for the bridge, base rates and "
      + "an adaptive schedule (the set-up) for AIS. The time to distil the student, which serves for "
      + "more than log Z, is not counted."
    page.add(.paragraph(words))
    try run.folder.write(page.html, to: RunFolder.report)
    try run.folder.write(table.text(width: 140) + "\n" + words + "\n", to: RunFolder.table)
    run.work.show(table.text(width: 140), rows)
  }
}
