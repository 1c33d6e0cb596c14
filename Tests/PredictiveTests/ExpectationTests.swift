import Foundation
import Probability
import Testing

@testable import Predictive

@Suite struct ExpectationTests {
  private let truth = try! GaussianMixture(
    weights: [1, 3],
    means: [[-3, 0], [2, 1]],
    covariances: [[1, 0.5, 0.5, 1], [0.5, 0, 0, 2]]
  )

  private func values(_ count: Int, seed: UInt64) -> [[Double]] {
    var random = RandomStream(seed: seed)
    return truth.samples(count, using: &random)
  }

  @Test(arguments: GaussianMixture.Covariance.allCases)
  func everyIterationGains(_ form: GaussianMixture.Covariance) throws {
    var random = RandomStream(seed: 3)
    let fit = try GaussianMixture.fitted(
      to: values(400, seed: 1),
      components: 3,
      covariance: form,
      using: &random
    )
    let gains = zip(fit.logProbabilities.dropFirst(), fit.logProbabilities).map { $0 - $1 }
    #expect(gains.count > 3)
    #expect(gains.allSatisfy { $0 > -1e-12 })
    let heavy = try StudentTMixture.fitted(
      to: values(400, seed: 1).map { $0[0] },
      components: 2,
      using: &random
    )
    let heavyGains = zip(heavy.logProbabilities.dropFirst(), heavy.logProbabilities).map { $0 - $1 }
    #expect(heavyGains.count > 3)
    #expect(heavyGains.allSatisfy { $0 > -1e-12 })
  }

  /// One component has its maximum in closed form: the values' mean and covariance.
  @Test func oneComponentIsMeanAndCovariance() throws {
    let data = values(300, seed: 2)
    var random = RandomStream(seed: 3)
    let fit = try GaussianMixture.fitted(to: data, components: 1, using: &random).mixture
    let mean = (0..<2).map { i in data.reduce(0) { $0 + $1[i] } / 300 }
    let covariance = (0..<4).map { (e: Int) -> Double in
      let (i, j) = (e / 2, e % 2)
      var sum = 0.0
      for y in data { sum += (y[i] - mean[i]) * (y[j] - mean[j]) }
      return sum / 300
    }
    #expect(gap(fit.means[0], mean) < 1e-12)
    #expect(gap(fit.covariances[0], covariance) < 1e-11)
  }

  /// At a maximum the gradient of the log-likelihood is zero: finite differences in the means.
  @Test func convergesToAStationaryPoint() throws {
    let data = values(300, seed: 4)
    var random = RandomStream(seed: 5)
    let fit = try GaussianMixture.fitted(
      to: data,
      components: 2,
      iterations: 5_000,
      tolerance: 1e-15,
      using: &random
    ).mixture
    func logLikelihood(_ means: [[Double]]) throws -> Double {
      let moved = try GaussianMixture(
        weights: fit.weights,
        means: means,
        covariances: fit.covariances
      )
      return data.reduce(0) { $0 + moved.logProbability(of: $1) } / 300
    }
    for k in 0..<2 {
      for i in 0..<2 {
        var (up, down) = (fit.means, fit.means)
        up[k][i] += 1e-5
        down[k][i] -= 1e-5
        let slope = try (logLikelihood(up) - logLikelihood(down)) / 2e-5
        #expect(abs(slope) < 1e-6)
      }
    }
  }

  /// With many values the fit finds the density they came from: the divergence of a maximum
  /// likelihood fit of 11 numbers is about 11 / 2n on average.
  @Test func findsTheTruth() throws {
    let data = values(10_000, seed: 6)
    var random = RandomStream(seed: 7)
    let batch = try GaussianMixture.fitted(to: data, components: 2, using: &random).mixture
    var stepwise = StepwiseEM(
      from: try GaussianMixture.spread(over: Array(data[..<200]), components: 2, using: &random),
      steps: .power(0.7)
    )
    for _ in 0..<20 {
      for start in stride(from: 0, to: data.count, by: 100) {
        try stepwise.update(with: Array(data[start..<(start + 100)]))
      }
    }
    let test = values(20_000, seed: 8)
    func divergence(_ fit: GaussianMixture) -> Double {
      test.reduce(0) { $0 + truth.logProbability(of: $1) - fit.logProbability(of: $1) }
        / Double(test.count)
    }
    // Ten times the expectation: one bad start in ten would show.
    #expect(divergence(batch) < 10 * 11 / 20_000)
    #expect(divergence(stepwise.mixture) < 10 * 11 / 20_000)
  }

  /// An update of length one on all values is one iteration of expectation maximisation.
  @Test func aFullStepIsAnIteration() throws {
    let data = values(200, seed: 9)
    var random = RandomStream(seed: 1)
    let start = try GaussianMixture.spread(over: data, components: 2, using: &random)
    var stepwise = StepwiseEM(from: start, steps: .linear(over: 10))
    try stepwise.update(with: data)
    let batch = try start.improved(on: data, iterations: 1).mixture
    #expect(gap(stepwise.mixture.means.flatMap { $0 }, batch.means.flatMap { $0 }) < 1e-13)
    #expect(
      gap(stepwise.mixture.covariances.flatMap { $0 }, batch.covariances.flatMap { $0 }) < 1e-12
    )
  }

  @Test func badValuesAreRefused() throws {
    var random = RandomStream(seed: 1)
    for bad in [[[1.0], [.nan], [2]], [[1.0], [1, 2], [2]], [], [[1.0]]] {
      #expect(throws: PredictiveError.self) {
        try GaussianMixture.fitted(to: bad, components: 2, using: &random)
      }
    }
    let start = try GaussianMixture(weights: [1, 1], means: [0, 1], variances: [1, 1])
    var stepwise = StepwiseEM(from: start)
    #expect(throws: PredictiveError.self) { try stepwise.update(with: [[0], [.nan]]) }
    #expect(stepwise.mixture == start)
  }

  /// A state in a file may say anything.
  @Test func statesThatAreNoneAreRefused() throws {
    var fit = StepwiseEM(
      from: try GaussianMixture(weights: [1, 1], means: [[0], [1]], covariances: [[1], [1]])
    )
    try fit.update(with: [[0.5], [1.5], [-1]])
    let sound = try JSONEncoder().encode(fit)
    _ = try JSONDecoder().decode(StepwiseEM.self, from: sound)
    func refused(_ change: (inout [String: Any]) -> Void) throws -> Bool {
      var fields = try JSONSerialization.jsonObject(with: sound) as! [String: Any]
      change(&fields)
      let data = try JSONSerialization.data(withJSONObject: fields)
      return (try? JSONDecoder().decode(StepwiseEM.self, from: data)) == nil
    }
    let statistics =
      try #require(
        try JSONSerialization.jsonObject(with: sound) as? [String: Any]
      )["statistics"] as! [String: Any]
    for (name, value) in [
      ("counts", [0.5]), ("sums", []), ("products", [1, 2, 3]), ("counts", [-1, 2]),
      ("sums", [1e300, 0]), ("dimension", 2),
    ] as [(String, Any)] {
      var damaged = statistics
      damaged[name] = value
      #expect(try refused { $0["statistics"] = damaged }, "\(name) \(value)")
    }
    for (name, value) in [
      ("updates", -1), ("updates", Int.max), ("floor", 0), ("floor", -1), ("floor", 1e300),
      ("steps", ["power": ["_0": 7]]), ("steps", ["linear": ["over": 0]]),
    ] as [(String, Any)] {
      #expect(try refused { $0[name] = value }, "\(name) \(value)")
    }
  }
}
