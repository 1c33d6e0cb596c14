import Distill
import Foundation
import Runs

/// The thesis' two-dimensional Bayesian logistic regression, with numbers: how near compact forms of
/// the predictive come to Monte Carlo, against components and draws.
package struct PredictiveLogistic: Job {
  package static let name = "predictive-logistic"

  /// Chains, students and test inputs are made anew with each.
  package var seeds = 5
  /// Which 24 points.
  package var dataSeed: UInt64 = 1
  /// Draws of the Monte Carlo predictive.
  package var draws = 10_000
  /// Weight vectors of the students.
  package var components = 10
  package var iterations = 5_000
  package var testInputs = 10_000
  /// Other numbers of components, with all draws.
  package var otherComponents = [1, 2, 5, 20]
  /// Numbers of draws, with the students' components.
  package var otherDraws = [10, 100, 1_000, 3_000]

  package init() {}

  package func check() throws {
    try requireCount("seeds", seeds, atMost: 1_000)
    try requireCounts("draws and otherDraws", [draws] + otherDraws, atMost: 10_000_000)
    try requireCounts(
      "components and otherComponents",
      [components] + otherComponents,
      atMost: 10_000
    )
    try requireCount("iterations", iterations, atLeast: 2, atMost: mostSteps)
    try requireCount("testInputs", testInputs, atLeast: 2, atMost: 10_000_000)
  }

  package func dataFiles() throws -> [URL] { [] }

  private var experiment: LogisticExperiment {
    var experiment = LogisticExperiment()
    (experiment.draws, experiment.components) = (draws, components)
    (experiment.iterations, experiment.testInputs) = (iterations, testInputs)
    experiment.dataSeed = dataSeed
    return experiment
  }

  package func perform(_ run: Run) throws {
    try check()
    let parts =
      (otherComponents.count + 1 + otherDraws.count) * LogisticExperiment.Student.allCases.count
      + otherDraws.count + 1
    var outcomes: [LogisticExperiment.Outcome] = []
    func isPossible(_ outcome: LogisticExperiment.Outcome) -> Bool {
      outcome.results.map(\.name) == (outcomes.first ?? outcome).results.map(\.name)
        && outcome.draws.count == draws && outcome.draws.allSatisfy { $0.count == 2 }
        && outcome.students.values.allSatisfy { $0.inputs == 2 }
    }
    for index in 0..<seeds {
      outcomes.append(
        try run.kept("seed-\(index + 1)", checking: isPossible) {
          var done = 0
          run.work.begin("seed \(index + 1) of \(seeds)", of: parts, "parts")
          let outcome = try experiment.run(
            seed: run.seed &+ UInt64(index),
            otherComponents: otherComponents,
            otherDraws: otherDraws
          ) {
            done += 1
            run.work.update(min(done, parts))
            try run.stopIfAsked("\(index) of \(seeds) seeds")
          }
          run.work.end()
          return outcome
        }
      )
    }
    try PredictiveLogisticReport(recipe: self, outcomes: outcomes).write(run)
  }
}
