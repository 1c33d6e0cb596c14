import Probability
import Testing

@testable import Predictive

/// The thesis' experiments at small sizes: what must hold whatever the numbers.
@Suite struct ExperimentTests {
  @Test func logisticRegression() throws {
    var experiment = LogisticExperiment()
    experiment.draws = 1_000
    experiment.iterations = 1_000
    experiment.testInputs = 1_000
    let outcome = try experiment.run(seed: 1)
    #expect(outcome.results.count == 8)
    // Divergences are never negative beyond rounding.
    #expect(outcome.results.allSatisfy { $0.divergence > -1e-12 && $0.divergence.isFinite })
    #expect(outcome.students.count == 4 && outcome.draws.count == 1_000)
    let byName = Dictionary(uniqueKeysWithValues: outcome.results.map { ($0.name, $0.divergence) })
    // Ten fitted components beat ten draws that nobody fitted.
    #expect(byName["batch, cross entropy"]! < byName["10 thinned draws"]!)
    let again = try experiment.run(seed: 1)
    #expect(again.results.map(\.divergence) == outcome.results.map(\.divergence))
  }

  @Test func mixtureDensity() throws {
    var experiment = MixtureDensityExperiment()
    experiment.draws = 500
    let outcome = try experiment.run(count: 100, seed: 2)
    #expect(abs(outcome.monteCarlo.reduce(0, +) * 0.1 - 1) < 1e-6)
    for divergence in [
      outcome.monteCarloToBatch, outcome.monteCarloToOnline, outcome.truthToMonteCarlo,
      outcome.truthToBatch, outcome.truthToOnline,
    ] {
      #expect(divergence > -1e-6 && divergence < 1)
    }
  }
}
