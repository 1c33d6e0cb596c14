import Distillation
import Foundation
import Tensors

/// What keeping numbers in fewer bytes did to them, measured against Float32 on every example.
package struct RoundingError: Codable, Equatable {
  package var examples = 0
  /// Σ (x̃ − x)² and Σ x² over all numbers; of log-probabilities nil, for ``divergence``.
  package var squaredError: Double?
  package var squaredNorm: Double?
  /// Σ KL(Float32 ‖ kept) over the examples, and the largest, in nats.
  package var divergence: Double?
  package var largestDivergence: Double?

  package init() {}

  /// - Parameters:
  ///   - kept, exact: `[examples, …]`.
  init(_ array: RecordedArray, kept: Tensor, exact: Tensor) {
    examples = exact.shape[0]
    let (kept, exact) = (kept.cast(to: .float64), exact.moved(to: .cpu).cast(to: .float64))
    guard array.name == RecordedArray.values, array.meaning == .logProbabilities else {
      squaredError = (kept - exact).squared.sum().doubleValue
      squaredNorm = exact.squared.sum().doubleValue
      return
    }
    // A single output is the logarithm of the probability of class 1.
    func both(_ logarithms: Tensor) -> Tensor {
      guard array.shape[0] == 1 else { return logarithms }
      let other = (-logarithms.exponentialMinusOne).clamped(min: 1e-300).logarithm
      return .concatenated([other, logarithms], along: 1)
    }
    let (p, q) = (both(exact), both(kept))
    let terms = (p.exponential * (p - q)).filled(with: 0, where: p .< -700)
    let divergences = terms.sum(along: 1).clamped(min: 0)
    divergence = divergences.sum().doubleValue
    largestDivergence = divergences.maximum().doubleValue
  }

  /// Of the examples of both.
  mutating func add(_ other: RoundingError) {
    func sum(_ first: Double?, _ second: Double?) -> Double? {
      first.map { $0 + (second ?? 0) } ?? second
    }
    examples += other.examples
    squaredError = sum(squaredError, other.squaredError)
    squaredNorm = sum(squaredNorm, other.squaredNorm)
    divergence = sum(divergence, other.divergence)
    largestDivergence =
      other.largestDivergence.map { max($0, largestDivergence ?? 0) }
      ?? largestDivergence
  }

  /// √(Σ (x̃ − x)² / Σ x²); nil of log-probabilities.
  package var relative: Double? {
    guard let squaredError, let squaredNorm else { return nil }
    return squaredError == 0 ? 0 : (squaredError / squaredNorm).squareRoot()
  }

  /// The mean KL of an example, in nats; nil of other numbers.
  package var meanDivergence: Double? { divergence.map { $0 / Double(max(examples, 1)) } }

  /// In words.
  package func text(_ name: String) -> String {
    guard let mean = meanDivergence, let largest = largestDivergence else {
      return "\(name): relative error \(String(format: "%.2g", relative ?? 0))"
    }
    return "\(name): KL from Float32 \(String(format: "%.2g", mean)) nats an example, at most "
      + String(format: "%.2g", largest)
  }
}
