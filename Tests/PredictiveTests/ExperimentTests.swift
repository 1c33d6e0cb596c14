import Foundation
import Probability
import Testing

@testable import Predictive

/// The thesis' experiments at small sizes: what must hold whatever the numbers.
@Suite struct ExperimentTests {
  @Test func logisticRegression() throws {
    var experiment = LogisticExperiment()
    (experiment.draws, experiment.iterations, experiment.testInputs) = (500, 400, 300)
    let outcome = try experiment.run(seed: 1)
    #expect(outcome.results.count == 8)
    // Divergences are never negative beyond rounding.
    #expect(outcome.results.allSatisfy { $0.divergence > -1e-12 && $0.divergence.isFinite })
    #expect(outcome.students.count == 4 && outcome.draws.count == 500)
    let byName = Dictionary(uniqueKeysWithValues: outcome.results.map { ($0.name, $0.divergence) })
    // Ten fitted components beat ten draws that nobody fitted.
    #expect(byName["batch, cross entropy"]! < byName["thinned draws"]!)
    let again = try experiment.run(seed: 1)
    #expect(again.results.map(\.divergence) == outcome.results.map(\.divergence))
  }

  /// More draws and more components come nearer.
  @Test func logisticSweep() throws {
    var experiment = LogisticExperiment()
    (experiment.draws, experiment.iterations, experiment.testInputs) = (1_000, 300, 300)
    experiment.components = 3
    let results = try experiment.run(seed: 1, otherComponents: [1, 4], otherDraws: [20, 1_000])
      .results
    func divergences(_ name: String) -> [Double] {
      results.filter { $0.name == name }.map(\.divergence)
    }
    #expect(results.count == 3 * 6 + 2 + 2 * 5)
    let monteCarlo = divergences("Monte Carlo")
    #expect(monteCarlo[1] < monteCarlo[0])
    // Three components, one, four; then three from 20 draws and from 1,000.
    let batch = divergences("batch, cross entropy")
    #expect(batch[0] < batch[1] && batch[4] < batch[3])
  }

  /// The predictive of the sampler is the one that is found by going through all assignments: the
  /// Monte Carlo error of a density from 4,000 draws, squared over itself, is far below 10⁻³ nats.
  @Test(arguments: [2, 5])
  func mixtureDensityAgreesWithEnumeration(_ count: Int) throws {
    var experiment = MixtureDensityExperiment()
    (experiment.draws, experiment.burnIn) = (4_000, 500)
    let outcome = try experiment.run(count: count, seed: 3)
    #expect(outcome.exactToMonteCarlo! < 5e-3)
    #expect(outcome.rHat < 1.02)
    #expect(abs(outcome.monteCarlo.reduce(0, +) * 0.1 - 1) < 1e-6)
  }

  /// With many data a chain that starts in a wrong mode leaves it: all agree, and the predictive is
  /// near the truth.
  @Test func chainsFindTheModeOfTheMixture() throws {
    var experiment = MixtureDensityExperiment()
    (experiment.draws, experiment.chains, experiment.burnIn) = (600, 6, 200)
    let outcome = try experiment.run(count: 500, seed: 2)
    #expect(outcome.rHat < 1.1)
    #expect(outcome.truthToMonteCarlo < 0.02)
    for result in outcome.results {
      #expect(result.fromMonteCarlo > -1e-6 && result.fromMonteCarlo < 0.2)
    }
  }

  /// The density of a value by enumeration against quadrature over both means.
  @Test func enumerationAgreesWithQuadrature() {
    let (data, variances) = ([-1.0, 0.5, 2], [1.0, 0.5])
    let exact = EnumeratedMixture(
      data: data,
      weights: [1, 3],
      variances: variances,
      priorVariance: 4
    )
    func normal(_ x: Double, _ mean: Double, _ variance: Double) -> Double {
      let z = x - mean
      return exp(-0.5 * z * z / variance) / (2 * Double.pi * variance).squareRoot()
    }
    func mixture(_ x: Double, _ a: Double, _ b: Double) -> Double {
      0.25 * normal(x, a, variances[0]) + 0.75 * normal(x, b, variances[1])
    }
    func joint(_ a: Double, _ b: Double) -> Double {
      data.reduce(normal(a, 0, 4) * normal(b, 0, 4)) { $0 * mixture($1, a, b) }
    }
    func over(_ f: (Double, Double) -> Double) -> Double {
      integral(-12, 12, steps: 160) { a in integral(-12, 12, steps: 160) { b in f(a, b) } }
    }
    let evidence = over(joint)
    for x in [-3, 0.2, 1.7] {
      let density = over { joint($0, $1) * mixture(x, $0, $1) } / evidence
      #expect(abs(exact.density(at: x) - density) < 1e-8)
    }
    let mean = over { $0 * joint($0, $1) } / evidence
    #expect(abs(exact.meanMoments[0].mean - mean) < 1e-8)
  }
}
