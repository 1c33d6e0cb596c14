import Distill
import Foundation
import Runs

/// Tables and figures of the one-dimensional mixture.
package struct PredictiveMixtureReport {
  package let recipe: PredictiveMixture
  package let outcomes: [Int: [MixtureDensityExperiment.Outcome]]
  package let swept: [[MixtureDensityExperiment.Result]]

  private typealias Result = MixtureDensityExperiment.Result

  package func write(_ run: Run) throws {
    var text = ""
    var report = Report(
      title: "\(recipe.components) Gaussians in place of \(grouped(3 * recipe.draws))"
    )
    report.add(
      .paragraph(
        """
        A density on the line, three Gaussians of unknown means (Papamakarios 2015, section 4). \
        Distances are Kullback-Leibler divergences in nats, by the trapezium rule; after ± stand two \
        standard errors over \(recipe.seeds) seeds, each with data, chains and students of its own. \
        Each Monte Carlo predictive comes from \(recipe.chains) chains that start apart and exchange \
        labels.
        """
      )
    )
    func add(_ title: String, _ table: TextTable, _ note: String? = nil) {
      run.show(title, table, in: &text)
      report.add(.heading(title))
      report.add(.table(table))
      if let note { report.add(.paragraph(note)) }
    }
    add("From the Monte Carlo predictive, by number of data", distances(\.fromMonteCarlo))
    report.add(
      .chart(
        chart("From the Monte Carlo predictive", "number of data", recipe.data, names) { name, n in
          estimate(name, data: n, \.fromMonteCarlo)
        }
      )
    )
    add("From the true density, by number of data", truthTable)
    add(
      "Whether the chains can be trusted",
      trust,
      "R̂ is that of the log-density, the largest over seeds. Where the data are few enough, the "
        + "predictive is also found exactly, by going through every way to give the data to components."
    )
    add(
      "Against the number of Gaussians, \(recipe.sweptData) data",
      sweepTable(["batch EM", "online EM", "thinned draws", "medoids"], recipe.otherComponents) {
        name,
        k in swept.compactMap { $0.first { $0.name == name && $0.components == k } }
      }
    )
    add(
      "Against the number of draws, \(recipe.sweptData) data, \(recipe.components) Gaussians",
      sweepTable(["Monte Carlo", "batch EM", "online EM"], recipe.otherDraws) { name, m in
        swept.compactMap { part in
          part.last {
            $0.name == name && $0.draws == m
              && (name == "Monte Carlo" || $0.components == recipe.components)
          }
        }
      }
    )
    report.add(.heading("Densities"))
    for n in recipe.data { report.add(.chart(try densities(n))) }
    try run.folder.write(text, to: RunFolder.table)
    try run.folder.write(jsonLine(summary), to: "results.json")
    try run.folder.write(report.html, to: RunFolder.report)
    run.work.note("results.json and \(RunFolder.report) are in \(run.folder.url.path)")
  }

  private struct Summary: Codable {
    struct Row: Codable {
      let data: Int
      let seed: Int
      let results: [Result]
      let truthToMonteCarlo: Double
      let exactToMonteCarlo: Double?
      let rHat: Double
    }
    let rows: [Row]
    let swept: [[Result]]
  }

  private var summary: Summary {
    Summary(
      rows: recipe.data.flatMap { n in
        outcomes[n]!.enumerated().map { seed, outcome in
          Summary.Row(
            data: n,
            seed: seed + 1,
            results: outcome.results,
            truthToMonteCarlo: outcome.truthToMonteCarlo,
            exactToMonteCarlo: outcome.exactToMonteCarlo,
            rHat: outcome.rHat
          )
        }
      },
      swept: swept
    )
  }

  private var names: [String] { outcomes[recipe.data[0]]![0].results.map(\.name) }

  private func estimate(_ name: String, data n: Int, _ path: KeyPath<Result, Double>) -> Estimate {
    Estimate(of: outcomes[n]!.map { $0.results.first { $0.name == name }![keyPath: path] })
  }

  private func distances(_ path: KeyPath<Result, Double>) -> TextTable {
    var table = TextTable(columns: ["data"] + names)
    for n in recipe.data {
      table.append(["\(n)"] + names.map { estimate($0, data: n, path).description })
    }
    return table
  }

  private var truthTable: TextTable {
    var table = TextTable(columns: ["data", "Monte Carlo"] + names)
    for n in recipe.data {
      let monteCarlo = Estimate(of: outcomes[n]!.map(\.truthToMonteCarlo))
      table.append(
        ["\(n)", monteCarlo.description]
          + names.map { estimate($0, data: n, \.fromTruth).description }
      )
    }
    return table
  }

  private var trust: TextTable {
    var table = TextTable(columns: ["data", "R̂", "KL(exact ‖ Monte Carlo)"])
    for n in recipe.data {
      let exact = outcomes[n]!.compactMap(\.exactToMonteCarlo)
      table.append([
        "\(n)", String(format: "%.4f", outcomes[n]!.map(\.rHat).max()!),
        exact.isEmpty ? "–" : Estimate(of: exact).description,
      ])
    }
    return table
  }

  private func sweepTable(
    _ names: [String],
    _ places: [Int],
    _ select: (String, Int) -> [Result]
  ) -> TextTable {
    var table = TextTable(columns: [""] + places.map { grouped($0) })
    for name in names {
      table.append(
        [name]
          + places.map { place in
            let found = select(name, place).map(\.fromMonteCarlo)
            return found.isEmpty ? "–" : Estimate(of: found).description
          }
      )
    }
    return table
  }

  private func chart(
    _ title: String,
    _ axis: String,
    _ places: [Int],
    _ names: [String],
    _ value: (String, Int) -> Estimate
  ) -> LineChart {
    LineChart(
      title: title,
      x: Axis(axis, scale: .logarithmic),
      y: Axis("KL, nats", scale: .logarithmic),
      lines: names.map { name in
        LineChart.Line(name, places.map { LineChart.Point(x: Double($0), value(name, $0)) })
      }
    )
  }

  /// True, Monte Carlo, compact batch, compact online and the data, of the first seed.
  private func densities(_ n: Int) throws -> LineChart {
    let outcome = outcomes[n]![0]
    let grid = MixtureDensityExperiment.grid
    let shown = grid.indices.filter { abs(grid[$0]) <= 12 && $0 % 2 == 0 }
    func line(_ name: String, _ density: (Int) -> Double) -> LineChart.Line {
      LineChart.Line(name, shown.map { LineChart.Point(x: grid[$0], y: density($0)) })
    }
    let truth = try MixtureDensityExperiment.truth
    return LineChart(
      title: "\(grouped(n)) data",
      x: Axis("y", range: -12...12),
      y: Axis("density"),
      lines: [
        line("true") { exp(truth.logProbability(of: grid[$0])) },
        line("Monte Carlo") { outcome.monteCarlo[$0] },
        line("batch EM") { exp(outcome.batch.logProbability(of: grid[$0])) },
        line("online EM") { exp(outcome.online.logProbability(of: grid[$0])) },
      ],
      hasDots: false,
      marks: outcome.data
    )
  }
}
