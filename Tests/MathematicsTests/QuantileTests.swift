import Foundation
import Testing

@testable import Mathematics

@Suite struct QuantileTests {
  @Test(arguments: Reference.numbers.normal) func normalQuantiles(row: [Double]) {
    // The published accuracy of AS 241 is about 1 part in 10^16; a few roundings follow. Next to 1
    // the probability itself is known to 1e-16 only, which the logarithm magnifies.
    let tolerance = row[0] > 0.999 ? 1e-8 : 4e-15
    #expect(relativeError(StandardNormal.quantile(row[0]), row[1]) < tolerance)
    #expect(relativeError(StandardNormal.cumulative(row[1]), row[0]) < 1e-12)
  }

  @Test func endsOfTheNormal() {
    #expect(StandardNormal.quantile(0) == -.infinity)
    #expect(StandardNormal.quantile(1) == .infinity)
  }

  @Test(arguments: Reference.numbers.tQuantiles) func studentQuantiles(row: [Double]) {
    let distribution = StudentTFunctions(degreesOfFreedom: row[0])
    #expect(relativeError(distribution.quantile(row[1]), row[2]) < 1e-10)
    #expect(relativeError(distribution.cumulative(row[2]), row[1]) < 1e-10)
  }

  @Test(arguments: Reference.numbers.tTails) func studentTails(row: [Double]) {
    let tail = StudentTFunctions(degreesOfFreedom: row[0]).twoSided(row[1])
    #expect(relativeError(tail, row[2]) < 1e-10)
    #expect(StudentTFunctions(degreesOfFreedom: row[0]).twoSided(-row[1]) == tail)
  }

  @Test func closedForms() {
    // One degree of freedom is the Cauchy distribution, infinitely many the normal one.
    for p in [0.001, 0.1, 0.6, 0.999] {
      let cauchy = tan(.pi * (p - 0.5))
      #expect(relativeError(StudentTFunctions(degreesOfFreedom: 1).quantile(p), cauchy) < 1e-12)
      let normal = StudentTFunctions(degreesOfFreedom: .infinity).quantile(p)
      #expect(normal == StandardNormal.quantile(p))
    }
  }
}
