import CTorch
import Foundation
import Testing

/// Within the suite that owns the process's instruction set.
extension MLPTests {
  struct Elementary: Sendable {
    let function: distill_elementary_function
    let ulps: Double
    let reference: @Sendable (Double) -> Double
  }

  /// The errors promised in vector.h.
  static let elementary: [Elementary] = [
    .init(function: DISTILL_EXP, ulps: 1.01) { exp($0) },
    .init(function: DISTILL_LOG, ulps: 1) { log($0) },
    .init(function: DISTILL_LOG1P, ulps: 2) { log1p($0) },
    .init(function: DISTILL_SIGMOID, ulps: 3) { 1 / (1 + exp(-$0)) },
    .init(function: DISTILL_SOFTPLUS, ulps: 2) { max($0, 0) + log1p(exp(-abs($0))) },
    .init(function: DISTILL_TANH, ulps: 2) { tanh($0) },
    .init(function: DISTILL_RECIPROCAL, ulps: 2) { 1 / $0 },
    .init(function: DISTILL_RECIPROCAL_SQUARE_ROOT, ulps: 2) { 1 / $0.squareRoot() },
  ]

  @Test("elementary functions keep their promised accuracy", arguments: architectures, 0..<8)
  func accuracy(architecture: String, number: Int) {
    #expect(distill_architecture_select(architecture))
    defer { distill_architecture_select(nil) }
    let one = MLPTests.elementary[number]
    // Bit patterns spread over all of Float32: every exponent, both signs, infinities and NaN.
    let stride = 65_521
    let x =
      (0..<65_551).map { Float(bitPattern: UInt32(truncatingIfNeeded: $0 * stride)) }
      + [0, -0.0, .infinity, -.infinity, .nan, 1, -1, 88.5, -103.5, 0.625, -0.625]
    var y = [Float](repeating: -7, count: x.count)
    distill_elementary(one.function, x, &y, Int64(x.count))
    let estimates = number >= 6
    for (input, output) in zip(x, y) {
      let exact = one.reference(Double(input))
      let expected = Float(exact)
      if estimates && !(input.isNormal && expected.isNormal) { continue }
      if expected.isNaN {
        #expect(output.isNaN, "f(\(input)) = \(output)")
      } else if expected.isInfinite || output.isInfinite {
        #expect(expected == output, "f(\(input)) = \(output)")
      } else {
        let error = abs(Double(output) - exact) / Double(max(expected.magnitude.ulp, 0x1p-149))
        if error > one.ulps { Issue.record("f(\(input)) = \(output), \(error) ulp off") }
      }
    }
  }
}
