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
    case .fanInUniform: uniform(1 / fanIn.squareRoot())
    case .fanInNormal: normal(1 / (fanIn + 1).squareRoot())
    }
  }
}
