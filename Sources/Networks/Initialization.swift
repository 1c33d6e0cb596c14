import Foundation
import Tensors

/// How the first values of a parameter are drawn, given its fan-in and fan-out.
public enum Initialization: Sendable {
  case zeros
  case constant(Double)
  /// Normal with a standard deviation.
  case normal(standardDeviation: Double)
  /// Uniform on ±`bound`.
  case uniform(bound: Double)
  /// Uniform on ±√(6/(fan-in + fan-out)) (Glorot & Bengio 2010).
  case glorotUniform
  /// Normal with variance 2/(fan-in + fan-out) (Glorot & Bengio 2010).
  case glorotNormal
  /// Normal with variance 2/fan-in, for ReLU (He et al. 2015).
  case heNormal
  /// Uniform on ±√(6/fan-in), for ReLU (He et al. 2015).
  case heUniform
  /// Normal with a standard deviation, but never further than twice that from 0; the deviation is
  /// that of the normal distribution before it is cut.
  case truncatedNormal(standardDeviation: Double)
  /// Rows (or, of a tall matrix, columns) of equal length `gain`, at right angles to each other,
  /// evenly distributed; axes after the first count as one (Saxe et al. 2014).
  case orthogonal(gain: Double)
  /// Uniform on ±1/√fan-in: PyTorch's default for linear and convolution layers, and for biases.
  case fanInUniform
  /// Normal with variance 1/(fan-in + 1): for weights and biases alike, the bias being one more
  /// input (Papamakarios 2015).
  case fanInNormal

  /// A tensor of a shape, drawn from `generator`.
  public func callAsFunction(
    _ shape: [Int],
    fanIn: Int,
    fanOut: Int,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) -> Tensor {
    func normal(_ deviation: Double) -> Tensor {
      .normal(shape, elementType, using: generator) * deviation
    }
    func uniform(_ bound: Double) -> Tensor {
      .uniform(shape, elementType, using: generator) * (2 * bound) - bound
    }
    let (fanIn, fanOut) = (Double(max(fanIn, 1)), Double(max(fanOut, 1)))
    return switch self {
    case .zeros: .zeros(shape, elementType, on: generator.device)
    case .constant(let value): .full(value, shape, elementType, on: generator.device)
    case .normal(let deviation): normal(deviation)
    case .uniform(let bound): uniform(bound)
    case .glorotUniform: uniform((6 / (fanIn + fanOut)).squareRoot())
    case .glorotNormal: normal((2 / (fanIn + fanOut)).squareRoot())
    case .heNormal: normal((2 / fanIn).squareRoot())
    case .heUniform: uniform((6 / fanIn).squareRoot())
    case .truncatedNormal(let deviation):
      // The standard normal quantiles of uniform points in Φ(−2) … Φ(2).
      (uniform(erf(2.0.squareRoot()) / 2) + 0.5).normalQuantile.clamped(min: -2, max: 2)
        * deviation
    case .orthogonal(let gain): orthogonal(shape, elementType, using: generator) * gain
    case .fanInUniform: uniform(1 / fanIn.squareRoot())
    case .fanInNormal: normal(1 / (fanIn + 1).squareRoot())
    }
  }

  /// Q of a normal matrix, with signs that make it evenly distributed (Mezzadri 2007).
  private func orthogonal(
    _ shape: [Int],
    _ elementType: ElementType,
    using generator: RandomGenerator
  ) -> Tensor {
    precondition(shape.count >= 2, "Initialization.orthogonal: shape \(shape) is not a matrix")
    let (rows, columns) = (shape[0], shape.dropFirst().reduce(1, *))
    let tall = Tensor.normal(
      [max(rows, columns), min(rows, columns)],
      .float64,
      using: generator
    )
    let (q, r) = tall.orthogonalFactors
    let even = q * r.diagonal().sign
    return (rows < columns ? even.transposed() : even).reshaped(to: shape).cast(to: elementType)
  }
}
