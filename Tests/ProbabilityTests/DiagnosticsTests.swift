import Foundation
import Testing

@testable import Probability

/// Against ArviZ; the fixture is made by `Tools/reference/diagnostics.py` and names its version.
@Suite struct DiagnosticsTests {
  struct Fixture: Decodable {
    struct Case: Decodable, CustomTestStringConvertible, Sendable {
      let name: String
      let chains: [[Double]]
      let rHat: Double?
      let bulk, tail, mean, standardError, quantileError: Double
      var testDescription: String { name }
    }
    let cases: [Case]
  }

  static let cases: [Fixture.Case] = {
    let url = Bundle.module.url(
      forResource: "diagnostics",
      withExtension: "json",
      subdirectory: "Fixtures"
    )!
    return try! JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url)).cases
  }()

  /// Both sides compute the same formulas in double precision.
  @Test(arguments: cases) func agreesWithArviZ(_ reference: Fixture.Case) {
    let x = reference.chains
    func agree(_ ours: Double, _ theirs: Double, _ what: String) {
      #expect(abs(ours - theirs) <= 1e-8 * abs(theirs), "\(what): \(ours) and \(theirs)")
    }
    if let rHat = reference.rHat { agree(Diagnostics.rHat(x), rHat, "R̂") }
    agree(Diagnostics.bulkEffectiveSampleSize(x), reference.bulk, "bulk")
    agree(Diagnostics.tailEffectiveSampleSize(x), reference.tail, "tail")
    agree(Diagnostics.meanEffectiveSampleSize(x), reference.mean, "mean")
    agree(Diagnostics.standardError(x), reference.standardError, "standard error")
    agree(
      Diagnostics.standardError(ofQuantile: 0.9, x),
      reference.quantileError,
      "quantile error"
    )
  }

  @Test func autocovarianceIsItsDefinition() {
    let x = [1.0, 4, -2, 3, 3, 0, -1]
    let mean = x.reduce(0, +) / 7
    for lag in 0..<7 {
      let direct = (0..<(7 - lag)).reduce(0) { $0 + (x[$1] - mean) * (x[$1 + lag] - mean) } / 7
      #expect(abs(autocovariance(x)[lag] - direct) < 1e-13)
    }
  }

  @Test func aSummaryTellsGoodFromBad() {
    let target = try! MultivariateNormal(mean: [0], standardDeviations: [1])
    let good = MarkovChain(SliceSampler(target), burnIn: 100, seed: 1).sample(1000)
    #expect(good.summary().isTrustworthy)
    let shifted = Draws(
      values: good.values.indices.map { good.values[$0] + ($0 < 1000 ? 1 : 0) },
      chains: 4,
      count: 1000,
      dimension: 1
    )
    #expect(!shifted.summary().isTrustworthy)
    #expect(good.summary(names: ["height"]).description.contains("height"))
  }
}
