import Distill
import Foundation
import Runs

/// Tables and figures of distillation on a graph.
package struct GraphReport {
  package let world: GraphWorld
  package let choice: GraphChoice
  package let repetitions: [GraphRepetition.Scores]

  package init(world: GraphWorld, choice: GraphChoice, repetitions: [GraphRepetition.Scores]) {
    (self.world, self.choice, self.repetitions) = (world, choice, repetitions)
  }

  package static func name(_ teacher: GraphTeacher) -> String {
    teacher == .attention ? "teacher, GAT" : "teacher, GCN"
  }

  private typealias Pick = (GraphScore) -> String?

  private var arms: [GraphArm] { world.recipe.arms }
  private var recipe: GraphExperiment { world.recipe }

  package func write(_ run: Run) throws {
    var text = ""
    var report = Report(title: "Small students of a network on a graph")
    report.add(
      .paragraph(
        """
        \(world.summary). A network that listens to neighbours learns from at most \
        \(recipe.labelsPerClass) labels of a class and teaches small students at all nodes it has \
        seen; those on labels learn from the same labels with as many steps. Students without a graph \
        see one gloss at a time. Everything free was chosen on \(grouped(recipe.validation)) other \
        nodes. After ± stand two standard errors over \(recipe.seeds) repetitions, each with labels, \
        teacher and first weights of its own, and over nodes.
        """
      )
    )
    for (title, table) in [
      ("Accuracy", table), ("Paired differences of accuracy, in percentage points", differences),
      ("Tried on the validation nodes", tried),
    ] {
      run.show(title, table, in: &text)
      report.add(.heading(title))
      report.add(.table(table))
      if title == "Accuracy" { report.add(.charts(charts)) }
    }
    report.add(
      .paragraph(
        "Times are of \(grouped(world.whole.nodeCount)) nodes at once, and of one; a network on the "
          + "graph looks at all of it for either, one without a graph at the nodes asked for."
      )
    )
    try run.folder.write(text, to: RunFolder.table)
    try run.folder.write(report.html, to: RunFolder.report)
    run.work.note("\(RunFolder.report) is in \(run.folder.url.path)")
  }

  /// The teacher first, then the students of each arm, `[networks][repetitions]`.
  private var everybody: [[GraphScore]] {
    [repetitions.map(\.teacher)]
      + arms.indices.map { arm in repetitions.map { $0.students[arm] } }
  }

  /// `[repetitions, nodes]`, 1 where a student's answer is right, or is the teacher's.
  private func values(_ index: Int, _ pick: Pick) -> Tensor? {
    rows(repetitions.map { $0.students[index] }, pick)
  }

  private func rows(_ scores: [GraphScore], _ pick: Pick) -> Tensor? {
    let rows = scores.compactMap { pick($0)?.map { $0 == "1" ? 1.0 : 0 } }
    return rows.count == scores.count ? Tensor(rows) : nil
  }

  private static var measures: [(name: String, pick: Pick)] {
    [
      ("test %", { $0.test.right }), ("unseen %", { $0.unseen.right }),
      ("as the teacher %", { $0.test.same }), ("unseen, as the teacher %", { $0.unseen.same }),
    ]
  }

  private var table: TextTable {
    var table = TextTable(
      columns: [""] + Self.measures.map(\.name) + ["parameters", "nodes/s", "µs, one node"]
    )
    for scores in everybody {
      let numbers = Self.measures.map { measure in
        rows(scores, measure.pick).map { Measured($0).text(100, digits: 1) } ?? "–"
      }
      let speed = scores.map(\.nodesPerSecond).max()!
      let latency = scores.map(\.microsecondsForOne).min()!
      table.append(
        [scores[0].name] + numbers + [
          grouped(scores[0].parameters), grouped(Int(speed)), grouped(Int(latency.rounded(.up))),
        ]
      )
    }
    return table
  }

  /// An arm against another, node by node and repetition by repetition.
  private func difference(_ arm: Int, _ other: Int?, _ pick: Pick) -> Measured? {
    guard let other, other != arm, let own = values(arm, pick), let base = values(other, pick)
    else { return nil }
    return Measured(own - base)
  }

  private func base(_ loss: GraphLoss, of arm: GraphArm) -> Int? {
    arms.firstIndex { $0.loss == loss && $0.isAlone == arm.isAlone }
  }

  private var differences: TextTable {
    var table = TextTable(columns: [
      "", "test − labels", "unseen − labels", "test − soft", "unseen − soft",
    ])
    for (index, arm) in arms.enumerated() {
      let cells = [GraphLoss.labels, .soft].flatMap { loss in
        Self.measures.prefix(2).map { measure in
          difference(index, base(loss, of: arm), measure.pick)?
            .text(100, digits: 1, signed: true) ?? "–"
        }
      }
      table.append([arm.name] + cells)
    }
    return table
  }

  private var tried: TextTable {
    TextTable(
      columns: ["", "accuracy %"],
      rows: choice.tried.map { [$0.name, String(format: "%.1f", 100 * $0.accuracy)] }
    )
  }

  private var charts: [IntervalChart] {
    [("Nodes seen in training", 0), ("Nodes that arrived afterwards", 1)].map { title, measure in
      let pick = Self.measures[measure].pick
      return IntervalChart(
        title: title,
        x: Axis("accuracy"),
        rows: everybody.map { scores in
          let measured = Measured(rows(scores, pick)!)
          return .init(
            scores[0].name,
            value: measured.mean,
            lower: measured.mean - 2 * measured.standardError,
            upper: measured.mean + 2 * measured.standardError
          )
        }
      )
    }
  }
}
