import Testing

@testable import Mathematics

/// Reference values from SciPy 1.17.1.
@Suite struct MathematicsTests {
  @Test(arguments: [(0.1, 2.2527126517342059), (3.5, 1.2009736023470743), (50.25, 145.5418716)])
  func logGammaAgrees(_ x: Double, _ expected: Double) {
    #expect(abs(logGamma(x) - expected) < 1e-8 * abs(expected))
  }

  @Test(arguments: [
    (-40, -804.608442), (-20.5, -214.066729), (-19.5, -194.016966), (-3, -6.60772622),
    (6, -9.86587646e-10),
  ])
  func logCumulativeAgrees(_ z: Double, _ expected: Double) {
    #expect(abs(StandardNormal.logCumulative(z) - expected) < 1e-8 * abs(expected))
  }

  @Test(arguments: [(1e-9, -5.99780702), (0.3, -0.52440051), (0.999, 3.09023231)])
  func quantileAgrees(_ p: Double, _ expected: Double) {
    #expect(abs(StandardNormal.quantile(p) - expected) < 1e-8)
  }

  @Test func betaQuantileAgrees() {
    #expect(abs(IncompleteBeta.quantile(0.1586553, 37.3, 12.9) - 0.68157413) < 1e-8)
    #expect(abs(IncompleteBeta.quantile(0.8413447, 37.3, 12.9) - 0.80439958) < 1e-8)
  }
}
