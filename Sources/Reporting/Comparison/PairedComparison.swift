import Foundation
import Mathematics
import Tensors

/// Two models on the same examples: the mean of their differences, which is far less uncertain than
/// the difference of their means.
///
/// ```swift
/// let gain = PairedComparison(student.correctness, control.correctness)
/// print(gain.difference)                // 0.0121 ± 0.0042
/// print(gain.verdict(margin: 0.005))    // BETTER
/// ```
public struct PairedComparison: Sendable {
  /// The mean of first − second over examples.
  public let difference: Estimate
  private let differences: [Double]

  /// - Parameters:
  ///   - first: One value per example, larger is better.
  ///   - second: The same measure of the other model on the same examples in the same order.
  public init(_ first: [Double], _ second: [Double]) {
    precondition(
      first.count == second.count,
      "PairedComparison of \(first.count) and \(second.count) examples"
    )
    differences = zip(first, second).map { $0 - $1 }
    difference = Estimate(of: differences)
  }

  /// The same from tensors (`[examples]`).
  public init(_ first: Tensor, _ second: Tensor) {
    precondition(
      first.shape == second.shape,
      "PairedComparison of \(first.shape) and \(second.shape)"
    )
    self.init(first.scalars(Double.self), second.scalars(Double.self))
  }

  /// Where the mean difference over all examples lies, by Student's t.
  public func interval(level: Double = 0.95) -> ClosedRange<Double> {
    difference.interval(level: level)
  }

  /// How probable a mean this far from 0, on either side, is if the true one is 0, by Student's t;
  /// 1 when all differences are 0.
  public var pValue: Double {
    guard difference.count > 1, difference.mean != 0 else { return 1 }
    return StudentTFunctions(degreesOfFreedom: difference.count - 1)
      .twoSided(difference.mean / difference.standardError)
  }

  /// The same by exchanging the two models in examples at random, which needs no assumption about
  /// the shape of the differences (Fisher 1935): (1 + as extreme ones) / (1 + `exchanges`).
  ///
  /// - Parameters:
  ///   - exchanges: How many random exchanges. The default resolves probabilities of 0.0001.
  ///   - seed: For the exchanges.
  public func permutationPValue(exchanges: Int = 9999, seed: UInt64) -> Double {
    guard !differences.isEmpty else { return 1 }
    let values = Tensor(differences)
    // Sums that differ by rounding alone are equal.
    let observed = abs(values.sum().doubleValue)
    let threshold = observed * (1 - 1e-12)
    let extreme = resampled(exchanges, seed) { generator, count in
      let signs =
        (Tensor.uniform([count, values.count], using: generator) .< 0.5).cast(to: .float64) * 2 - 1
      return signs.matmul(values).magnitude
    }.count { $0 >= threshold }
    return Double(1 + extreme) / Double(1 + exchanges)
  }

  /// Where the mean difference lies, by the percentile bootstrap (Efron 1979).
  ///
  /// - Parameters:
  ///   - resamples: How many. The default gives the ends of a 95% interval to about 2% of its
  ///     length.
  ///   - seed: For the resamples.
  public func bootstrapInterval(
    level: Double = 0.95,
    resamples: Int = 9999,
    seed: UInt64
  ) -> ClosedRange<Double> {
    precondition(level > 0 && level < 1, "bootstrapInterval(level: \(level)): needs (0, 1)")
    guard differences.count > 1 else { return -.infinity ... .infinity }
    let values = Tensor(differences)
    let means = resampled(resamples, seed) { generator, count in
      let drawn = Tensor.randomIntegers(0..<values.count, [count * values.count], using: generator)
      return values[rows: drawn].reshaped(to: [count, values.count]).mean(along: 1)
    }.sorted()
    let cut = (1 - level) / 2 * Double(resamples + 1)
    let low = max(0, min(Int(cut.rounded()) - 1, resamples - 1))
    return means[low]...max(means[low], means[resamples - 1 - low])
  }

  /// Random results, made a few at a time so that the memory stays small.
  private func resampled(
    _ count: Int,
    _ seed: UInt64,
    _ draw: (RandomGenerator, Int) -> Tensor
  ) -> [Double] {
    precondition(count > 0, "PairedComparison: needs at least one resample")
    let generator = RandomGenerator(seed: seed)
    let step = max(1, (1 << 22) / differences.count)
    return stride(from: 0, to: count, by: step).flatMap { start in
      draw(generator, min(step, count - start)).scalars(Double.self)
    }
  }

  /// In one word; see ``Verdict``.
  public func verdict(margin: Double, level: Double = 0.95) -> Verdict {
    Verdict(level: level, margin: margin) { interval(level: $0) }
  }
}
