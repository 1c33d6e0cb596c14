import CTorch
import Foundation
import Testing

/// Within the suite that owns the process's instruction set.
extension MLPTests {
  /// Against the definition in double precision, from one group to several blocks and from tiny to
  /// huge logits. Logits are rounded to Float32 and their sums have up to 70 terms a lane: 10⁻⁶ of the
  /// sum of magnitudes.
  @Test(
    "sums of log σ agree with their definition",
    arguments: architectures,
    [1, 16, 40, 1_500, 5_000]
  )
  func logisticSums(architecture: String, count: Int) {
    #expect(distill_architecture_select(architecture))
    defer { distill_architecture_select(nil) }
    let padded = (count + 15) / 16 * 16
    for (dimension, scale) in [(1, 1.0), (3, 8), (70, 0.2), (2, 500)] {
      var state: UInt64 = 88_172_645_463_325_252
      func next() -> Double {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Double(state >> 11) * 0x1p-53 * 2 - 1
      }
      var offsets = [Float](repeating: 80, count: padded)
      var columns = [Float](repeating: 0, count: padded * dimension)
      for n in 0..<count {
        offsets[n] = Float(next())
        for j in 0..<dimension { columns[j * padded + n] = Float(next() * scale) }
      }
      let point = (0..<dimension).map { _ in next() }
      var (value, size) = (0.0, 1.0)
      var slopes = [Double](repeating: 0, count: dimension)
      var slopeSizes = [Double](repeating: 1, count: dimension)
      for n in 0..<count {
        var z = Double(offsets[n])
        for j in 0..<dimension { z += Double(Float(point[j])) * Double(columns[j * padded + n]) }
        let term = min(z, 0) - log1p(exp(-abs(z)))
        (value, size) = (value + term, size + abs(z))
        let slope = z < 0 ? 1 / (1 + exp(z)) : exp(-z) / (1 + exp(-z))
        for j in 0..<dimension {
          slopes[j] += slope * Double(columns[j * padded + n])
          // Errors of the logit, times the slope of σ, are errors too.
          slopeSizes[j] += (1 + abs(z)) * abs(Double(columns[j * padded + n]))
        }
      }
      var gradient = [Double](repeating: .nan, count: dimension)
      let own = distill_logistic_gradient(
        offsets,
        columns,
        point,
        Int64(dimension),
        Int64(padded),
        &gradient
      )
      #expect(abs(own - value) < 1e-6 * size)
      for j in 0..<dimension { #expect(abs(gradient[j] - slopes[j]) < 1e-6 * slopeSizes[j]) }
      // The same by steps along coordinates.
      var z = offsets
      for j in 0..<dimension {
        columns.withUnsafeBufferPointer { columns in
          let column = columns.baseAddress! + j * padded
          if j == dimension - 1 {
            let shift = Float(point[j])
            let moved = distill_logistic_sum(z, column, shift, Int64(padded))
            #expect(abs(moved - value) < 1e-6 * size)
          }
          distill_logistic_move(&z, column, Float(point[j]), Int64(padded))
        }
      }
      let there = columns.withUnsafeBufferPointer {
        distill_logistic_sum(z, $0.baseAddress!, 0, Int64(padded))
      }
      #expect(abs(there - value) < 1e-6 * size)
    }
  }
}
