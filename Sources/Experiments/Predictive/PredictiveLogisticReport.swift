import Distill
import Foundation
import Runs

/// Tables and figures of the two-dimensional logistic regression.
package struct PredictiveLogisticReport {
  package let recipe: PredictiveLogistic
  package let outcomes: [LogisticExperiment.Outcome]

  private typealias Result = LogisticExperiment.Result

  package func write(_ run: Run) throws {
    var text = ""
    var report = Report(title: "A small formula in place of \(grouped(recipe.draws)) draws")
    report.add(
      .paragraph(
        """
        Bayesian logistic regression of 24 points in two dimensions (Papamakarios 2015, section 4). \
        Distances are KL(Monte Carlo ‖ compact) of the predicted class in nats, the mean over \
        \(grouped(recipe.testInputs)) inputs from N(0, 10 I); after ± stand two standard errors over \
        \(outcomes.count) seeds, each with a chain, students and inputs of its own.
        """
      )
    )
    func add(_ title: String, _ table: TextTable) {
      run.show(title, table, in: &text)
      report.add(.heading(title))
      report.add(.table(table))
    }
    add("Students and baselines, \(recipe.components) components", mainTable)
    for name in [
      LogisticExperiment.Student.batchCrossEntropy, .onlineCrossEntropy,
    ].map(\.rawValue) {
      if let student = outcomes[0].students[name] {
        report.add(.paragraph("The student '\(name)' of the first seed:"))
        report.add(.code(student.description))
      }
    }
    if !recipe.otherComponents.isEmpty {
      add("Against the number of components, \(grouped(recipe.draws)) draws", componentTable)
      report.add(.chart(chart("Number of components", byComponents: true)))
    }
    if !recipe.otherDraws.isEmpty {
      add("Against the number of draws, \(recipe.components) components", drawTable)
      report.add(
        .paragraph(
          """
          The row Monte Carlo is the predictive of another chain's first draws: what any student of \
          as many draws has to be measured by. An online student takes each draw once, ten to a step.
          """
        )
      )
      report.add(.chart(chart("Number of draws", byComponents: false)))
    }
    report.add(.heading("The posterior, and the students' weight vectors"))
    report.add(.chart(posterior))
    report.add(.heading("Predictive surfaces"))
    for surface in try surfaces() { report.add(.chart(surface)) }
    try run.folder.write(text, to: RunFolder.table)
    let results = outcomes.map { SeedResults(seed: $0.seed, results: $0.results) }
    try run.folder.write(jsonLine(results), to: "results.json")
    try run.folder.write(report.html, to: RunFolder.report)
    run.work.note("results.json and \(RunFolder.report) are in \(run.folder.url.path)")
  }

  private struct SeedResults: Codable {
    let seed: UInt64
    let results: [Result]
  }

  /// The divergences of one row over the seeds.
  private func divergences(_ select: (Result) -> Bool) -> [Double] {
    outcomes.compactMap { $0.results.first(where: select)?.divergence }
  }

  private var mainTable: TextTable {
    var table = TextTable(columns: ["", "KL, nats", "draws", "numbers kept", "seconds"])
    for row in outcomes[0].results where row.components == recipe.components || row.draws == 0 {
      let isNew = table.rows.allSatisfy { $0[0] != row.name }
      guard isNew, row.name != "Monte Carlo" else { continue }
      let same = outcomes.map { $0.results.first { $0.name == row.name }! }
      // A mean and a covariance; weight vectors; medoids have a weight each.
      let kept =
        row.draws == 0 ? "5" : "\((row.name == "medoids" ? 3 : 2) * row.components)"
      table.append([
        row.name, Estimate(of: same.map(\.divergence)).description,
        row.draws == 0 ? "–" : grouped(row.draws), kept,
        String(format: "%.2f", same.map(\.seconds).reduce(0, +) / Double(same.count)),
      ])
    }
    return table
  }

  private var kinds: [String] { LogisticExperiment.Student.allCases.map(\.rawValue) }

  private var components: [Int] {
    Array(Set(recipe.otherComponents + [recipe.components])).sorted()
  }

  private func estimate(_ name: String, components k: Int) -> Estimate {
    // The first result of a name and number of components is the one with all draws.
    Estimate(of: divergences { $0.name == name && $0.components == k })
  }

  private func estimate(_ name: String, draws m: Int) -> Estimate {
    Estimate(
      of: outcomes.compactMap { outcome in
        outcome.results.last {
          $0.name == name && $0.draws == m
            && (name == "Monte Carlo" || $0.components == recipe.components)
        }?.divergence
      }
    )
  }

  private var componentTable: TextTable {
    var table = TextTable(columns: [""] + components.map { "K = \($0)" })
    for name in kinds + ["thinned draws", "medoids"] {
      table.append([name] + components.map { estimate(name, components: $0).description })
    }
    return table
  }

  private var drawTable: TextTable {
    var table = TextTable(columns: [""] + recipe.otherDraws.map { grouped($0) })
    for name in ["Monte Carlo"] + kinds {
      table.append([name] + recipe.otherDraws.map { estimate(name, draws: $0).description })
    }
    return table
  }

  private func chart(_ title: String, byComponents: Bool) -> LineChart {
    let names = byComponents ? kinds + ["thinned draws", "medoids"] : ["Monte Carlo"] + kinds
    let places = byComponents ? components : recipe.otherDraws
    return LineChart(
      title: "Distance from the Monte Carlo predictive",
      x: Axis(title.lowercased(), scale: .logarithmic),
      y: Axis("KL, nats", scale: .logarithmic),
      lines: names.map { name in
        LineChart.Line(
          name,
          places.map { place in
            LineChart.Point(
              x: Double(place),
              byComponents
                ? estimate(name, components: place) : estimate(name, draws: place)
            )
          }
        )
      }
    )
  }

  private var posterior: ScatterChart {
    let draws = outcomes[0].draws
    func points(_ rows: [[Double]]) -> [LineChart.Point] {
      rows.map { LineChart.Point(x: $0[0], y: $0[1]) }
    }
    let shown = stride(from: 0, to: draws.count, by: max(1, draws.count / 600)).map { draws[$0] }
    return ScatterChart(
      title: "Posterior draws, and the compact weights over them",
      x: Axis("w₁"),
      y: Axis("w₂"),
      groups: [ScatterChart.Group("draws", points(shown))]
        + kinds.compactMap { name in
          outcomes[0].students[name].map {
            ScatterChart.Group(name, points($0.coefficients.value.unbound().map { $0.scalars() }))
          }
        }
    )
  }

  /// P(y = 1 | x) of everything that predicts, on one square.
  private func surfaces() throws -> [HeatMap] {
    let range = -10.0...10.0
    let (across, up) = (HeatMap.centres(60, of: range), HeatMap.centres(40, of: range))
    let grid = Tensor(up.flatMap { y in across.map { [$0, y] } })
    let data = LogisticExperiment.data(seed: recipe.dataSeed)
    let points = [false, true].map { label in
      ScatterChart.Group(
        label ? "y = 1" : "y = 0",
        zip(data.inputs, data.labels).filter { $0.1 == label }
          .map { LineChart.Point(x: $0.0[0], y: $0.0[1]) }
      )
    }
    func map(_ title: String, _ teacher: any Teacher) throws -> HeatMap {
      let p = try teacher.observe(grid).logProbabilities().exponential
        .selecting(1, along: 1).scalars(Double.self)
      return HeatMap(
        title: title,
        x: Axis("x₁", range: range),
        y: Axis("x₂", range: range),
        values: up.indices.map { i in Array(p[(i * across.count)..<((i + 1) * across.count)]) },
        range: 0...1,
        contours: [0.1, 0.3, 0.5, 0.7, 0.9],
        points: points
      )
    }
    let bag = PosteriorPredictive(Tensor(outcomes[0].draws), of: LogisticExperiment.model)
    return try [
      map("Monte Carlo, \(grouped(outcomes[0].draws.count)) draws", bag),
      map("Expectation propagation", outcomes[0].expectationPropagation),
    ]
      + kinds.compactMap { name in
        try outcomes[0].students[name].map {
          try map("\(recipe.components) weight vectors: \(name)", ModuleTeacher($0))
        }
      }
  }
}
