import Foundation
import Mathematics
import Tensors
import Testing

@testable import Reporting

@Suite struct EstimateTests {
  private let reference = Reference.numbers.estimate

  /// Values near 1e8 are known to 1.5e-8, and so are their deviations, which are near 1.
  private let tolerance = 1e-9

  @Test func meanAndStandardErrorFarFromZero() {
    for estimate in [
      Estimate(of: reference.values), Estimate(of: Tensor(reference.values)),
    ] {
      #expect(relativeError(estimate.mean, reference.mean) < 1e-15)
      #expect(relativeError(estimate.standardError, reference.standardError) < tolerance)
      #expect(estimate.count == 501)
    }
  }

  @Test func aWeightCountsAsThatManyExamples() {
    let weighted = Estimate(of: reference.values, weights: reference.weights)
    #expect(relativeError(weighted.mean, reference.weightedMean) < 1e-15)
    #expect(relativeError(weighted.standardError, reference.weightedStandardError) < tolerance)
    #expect(weighted.count == reference.weights.reduce(0, +))
    // Exactly, where no rounding is involved.
    #expect(Estimate(of: [1, 2, 7], weights: [2, 0, 2]) == Estimate(of: [1, 1, 7, 7]))
  }

  @Test(arguments: [1, 2, 7, 100, 500]) func chunksMerge(size: Int) {
    var merged = Estimate()
    for start in stride(from: 0, to: reference.values.count, by: size) {
      merged.merge(Estimate(of: Array(reference.values[start...].prefix(size))))
    }
    #expect(relativeError(merged.mean, reference.mean) < 1e-14)
    #expect(relativeError(merged.standardError, reference.standardError) < 1e-8)
    var grown = Estimate()
    for value in reference.values { grown.add(value) }
    #expect(relativeError(grown.standardError, reference.standardError) < 1e-8)
  }

  @Test func fewExamplesHaveNoStandardError() {
    #expect(Estimate(of: [Double]()).mean.isNaN)
    let ruledOut = Estimate(of: [-.infinity, -0.1])
    #expect(ruledOut.mean == -.infinity && ruledOut.standardError.isNaN)
    #expect(Estimate(of: [3]).mean == 3)
    #expect(Estimate(of: [3]).standardError.isNaN)
    #expect(Estimate(of: [3]).interval() == -.infinity ... .infinity)
    #expect(Estimate(of: [3, 3]).standardError == 0)
  }

  @Test func intervalsHoldTheMeanAsOftenAsTheySay() {
    // 2,000 repeats of 12 examples: a right 95% interval misses 93–97% with probability 4e-5.
    let draws = Tensor.normal([2000, 12], .float64, using: RandomGenerator(seed: 5)) + 3
    let held = (0..<2000).count { Estimate(of: draws[$0]).interval().contains(3) }
    #expect((1860...1940).contains(held))
  }

  @Test func json() throws {
    for estimate in [Estimate(of: [1, 2, 4.5]), Estimate(of: [1])] {
      let data = try JSONEncoder().encode(estimate)
      #expect(try JSONDecoder().decode(Estimate.self, from: data) == estimate)
    }
    let text = String(decoding: try JSONEncoder().encode(Estimate()), as: UTF8.self)
    #expect(text.contains("\"mean\":null"))
  }

  @Test(arguments: [
    (0.8812, 0.00646, "0.8812 ± 0.0065"), (0.5, 0.0996, "0.50 ± 0.10"),
    (12345.6, 231, "12350 ± 230"), (3, 0, "3 ± 0"), (1.5, .nan, "1.5 ± ?"),
    (.nan, 1, "nan"), (1.2345e-12, 4.5e-13, "(1.23 ± 0.45)e-12"),
    (-0.00001, 0.12, "0.00 ± 0.12"), (-1.26, 0.31, "-1.26 ± 0.31"), (7, 12.3, "7 ± 12"),
    (3.2e14, 1.1e12, "(3.200 ± 0.011)e14"),
  ])
  func digits(value: Double, error: Double, text: String) {
    #expect(Uncertain.text(value, plusMinus: error) == text)
  }
}
