import Foundation
import Networks
import Tensors

/// The margin of the overhaul of feature distillation, a number for each channel: what the teacher's
/// negative responses are on average, E[x | x < 0], below which they do not matter.
public struct OverhaulMargin: Module {
  /// `[channels]`; a buffer.
  public let values: Parameter

  /// A margin of one's own, `[channels]`.
  public init(_ values: Tensor) {
    precondition(values.rank == 1, "OverhaulMargin: \(values.shape) is not one number per channel")
    self.values = Parameter(values, role: .buffer)
  }

  /// The margin behind a batch normalisation with shift β and scale γ, whose outputs are taken to be
  /// normal: β − |γ| φ(β/γ)/Φ(−β/γ), or −3|γ| where fewer than 1 in 1,000 are negative.
  public init(of normalization: BatchNorm) {
    guard let weight = normalization.weight?.value, let bias = normalization.bias?.value else {
      // Standard normal: −φ(0)/Φ(0).
      self.init(normalization.runningMean.value.zerosLike - (2 / Double.pi).squareRoot())
      return
    }
    let (scales, shifts): ([Double], [Double]) = (
      weight.cast(to: .float64).scalars(), bias.cast(to: .float64).scalars()
    )
    let margins = zip(scales, shifts).map { Self.margin(scale: abs($0), shift: $1) }
    self.init(Tensor(margins, on: weight.device).cast(to: weight.elementType))
  }

  /// The mean of the negative responses of each channel that a teacher shows; 0 where there are
  /// none.
  ///
  /// - Parameters:
  ///   - tap: The teacher's tap, before the activation.
  ///   - inputs: They are gone through to their end: limit them.
  public init(of teacher: any Teacher, at tap: String, on inputs: any Inputs) throws {
    var (sums, counts): (Tensor?, Tensor?)
    var step = 0
    while let batch = try inputs.batch(step) {
      let seen = try teacher.observe(batch, Request(features: [tap])).tapped(tap, "teacher")
      let channels = seen.rank == 4 ? seen.movingAxis(1, to: -1) : seen
      let rows = channels.reshaped(to: [-1, channels.shape.last!]).cast(to: .float64)
      let (sum, count) = ((-((-rows).relu)).sum(along: 0), (rows .< 0).sum(along: 0))
      (sums, counts) = (sums.map { $0 + sum } ?? sum, counts.map { $0 + count } ?? count)
      step += 1
    }
    guard let sums, let counts else {
      throw DistillationError(
        "the margin at tap '\(tap)' cannot be measured: there was no batch of inputs"
      )
    }
    self.init((sums / counts.cast(to: .float64).clamped(min: 1)).cast(to: .float32))
  }

  static func margin(scale: Double, shift: Double) -> Double {
    guard scale > 0 else { return min(shift, 0) }
    let z = shift / scale
    let negative = erfc(z / 2.0.squareRoot()) / 2
    if negative <= 0.001 { return -3 * scale }
    return shift - scale * exp(-z * z / 2) / (2 * Double.pi).squareRoot() / negative
  }

  /// max(x, m): negative responses below the margin count as the margin.
  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    input.maximum(Loss.perChannel(values.value.cast(to: input.elementType), rank: input.rank))
  }
}
