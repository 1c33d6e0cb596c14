import Distill
import Foundation
import Runs

/// The thesis' one-dimensional mixture, with numbers: a compact density in place of 30,000 Gaussians,
/// for few and many data.
package struct PredictiveMixture: Job {
  package static let name = "predictive-mixture"

  /// Data, chains and students are made anew with each.
  package var seeds = 5
  /// Numbers of data.
  package var data = [2, 5, 10, 20, 50, 100, 200, 500, 1_000]
  /// Draws of the Monte Carlo predictive, of three Gaussians each, and how many chains make them.
  package var draws = 10_000
  package var chains = 4
  /// Gaussians of the compact densities.
  package var components = 3
  /// Values that batch expectation maximisation is fitted to.
  package var batchValues = 1_000
  /// Updates of stepwise expectation maximisation, and pairs of a draw and a value in each.
  package var updates = 100
  package var pairs = 100
  /// The number of data at which components and draws are varied.
  package var sweptData = 20
  package var otherComponents = [1, 2, 3, 6, 12]
  package var otherDraws = [10, 100, 1_000, 10_000]

  package init() {}

  package func check() throws {
    try requireCount("seeds", seeds, atMost: 1_000)
    try requireCount("numbers of data", data.count)
    try requireCounts("data and sweptData", data + [sweptData], atMost: 10_000_000)
    try requireCount("chains", chains, atMost: 10_000)
    try requireCounts("draws and otherDraws", [draws] + otherDraws, atMost: 10_000_000)
    try requireCounts(
      "components and otherComponents",
      [components] + otherComponents,
      atMost: 10_000
    )
    try requireCounts("batchValues and pairs", [batchValues, pairs], atMost: 10_000_000)
    try requireCount("updates", updates, atMost: mostSteps)
    guard draws >= 10 * chains, otherDraws.allSatisfy({ $0 <= draws }) else {
      throw RunError(
        "a \(Self.name) recipe needs ten draws for each chain, and no more otherDraws than draws"
      )
    }
  }

  package func dataFiles() throws -> [URL] { [] }

  private var experiment: MixtureDensityExperiment {
    var experiment = MixtureDensityExperiment()
    (experiment.draws, experiment.chains) = (draws, chains)
    (experiment.components, experiment.batchValues) = (components, batchValues)
    (experiment.updates, experiment.pairs) = (updates, pairs)
    return experiment
  }

  package func perform(_ run: Run) throws {
    try self.check()
    func part<Value: Codable>(
      _ name: String,
      _ title: String,
      checking isPossible: (Value) -> Bool = { _ in true },
      _ make: () throws -> Value
    ) throws -> Value {
      try run.kept(name, checking: isPossible) {
        try run.stopIfAsked("the parts before \(title)")
        run.work.begin(title, of: nil)
        defer { run.work.end() }
        return try run.onOneThread(make)
      }
    }
    func check() throws { try run.stopIfAsked("the seeds before") }
    var outcomes: [Int: [MixtureDensityExperiment.Outcome]] = [:]
    var swept: [[MixtureDensityExperiment.Result]] = []
    var names: [String]?
    for index in 0..<seeds {
      let seed = run.seed &+ UInt64(index)
      for count in data {
        outcomes[count, default: []].append(
          try part(
            "data-\(count)-seed-\(index + 1)",
            "\(count) data, seed \(index + 1) of \(seeds)",
            checking: { outcome in
              names = names ?? outcome.results.map(\.name)
              return outcome.results.map(\.name) == names
                && [outcome.batch, outcome.online].allSatisfy { $0.dimension == 1 }
            }
          ) {
            try experiment.run(count: count, seed: seed, check: check)
          }
        )
      }
      swept.append(
        try part("sweep-seed-\(index + 1)", "sweeps, seed \(index + 1) of \(seeds)") {
          try experiment.sweep(
            count: sweptData,
            components: otherComponents,
            draws: otherDraws,
            seed: seed,
            check: check
          )
        }
      )
    }
    try PredictiveMixtureReport(recipe: self, outcomes: outcomes, swept: swept).write(run)
  }
}
