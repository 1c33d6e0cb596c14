import Foundation
import Networks
import Tensors

/// Coordinates in which students are trained: inputs of zero mean and unit variance, z = (x − m) / s,
/// with a constant 1 behind them where the model has an intercept. Draws move with the inputs, so that
/// predictions stay exactly what they were, and trained students move back.
public struct InputScaling: Codable, Hashable, Sendable {
  /// m; zeros without an intercept, which could not take up a shift.
  public let shifts: [Double]
  /// s, positive.
  public let scales: [Double]
  public let hasIntercept: Bool

  /// The number of inputs, the constant not counted.
  public var inputs: Int { scales.count }
  /// The number of coordinates, the constant counted.
  public var dimension: Int { inputs + (hasIntercept ? 1 : 0) }

  /// Means and spreads of rows `[count, inputs]`. Columns that are constant are left as they are.
  public init(of rows: Tensor, hasIntercept: Bool) {
    let values = rows.cast(to: .float64)
    let mean = values.mean(along: 0)
    let square =
      hasIntercept
      ? (values - mean).squared.mean(along: 0) : values.squared.mean(along: 0)
    let spreads = square.scalars(Double.self).map { $0.squareRoot() }
    let means = mean.scalars(Double.self)
    scales = zip(spreads, means).map { $0 > 1e-12 * max(abs($1), 1) ? $0 : 1 }
    shifts =
      hasIntercept
      ? zip(spreads, means).map { $0 > 1e-12 * max(abs($1), 1) ? $1 : 0 }
      : means.map { _ in 0 }
    self.hasIntercept = hasIntercept
  }

  /// For inputs drawn from N(0, variance I).
  public init(inputs: Int, variance: Double, hasIntercept: Bool) {
    shifts = [Double](repeating: 0, count: inputs)
    scales = [Double](repeating: variance.squareRoot(), count: inputs)
    self.hasIntercept = hasIntercept
  }

  /// z with its constant, `[count, dimension]`, of rows `[count, inputs]`.
  public func scaled(_ rows: Tensor) -> Tensor {
    withConstant((rows.cast(to: .float64) - Tensor(shifts)) / Tensor(scales))
  }

  /// Coordinates that are scaled already, with their constant.
  public func withConstant(_ scaled: Tensor) -> Tensor {
    guard hasIntercept else { return scaled }
    return .concatenated([scaled, .full(1, [scaled.shape[0], 1], scaled.elementType)], along: 1)
  }

  /// Coefficients of x (and 1) as coefficients of z (and 1).
  public func scaledCoefficients(_ coefficients: some Collection<Double>) -> [Double] {
    let w = Array(coefficients)
    var result = zip(w, scales).map { $0 * $1 }
    if hasIntercept {
      result.append(w[inputs] + zip(w, shifts).reduce(0) { $0 + $1.0 * $1.1 })
    }
    return result
  }

  /// Coefficients of z (and 1) as coefficients of x (and 1).
  public func unscaledCoefficients(_ coefficients: some Collection<Double>) -> [Double] {
    let w = Array(coefficients)
    var result = zip(w, scales).map { $0 / $1 }
    if hasIntercept {
      result.append(w[inputs] - zip(result, shifts).reduce(0) { $0 + $1.0 * $1.1 })
    }
    return result
  }

  /// A perceptron on z as one on x: scales, shifts and the constant go into its first layer.
  public func folded(_ network: MLP) -> MLP {
    let result = MLP(
      [inputs] + network.widths.dropFirst(),
      activation: network.activation,
      .float64,
      using: RandomGenerator(seed: 0)
    )
    for (old, new) in zip(network.layers, result.layers).dropFirst() {
      new.weight.replace(with: old.weight.value.cast(to: .float64))
      new.bias!.replace(with: old.bias!.value.cast(to: .float64))
    }
    let first = network.layers[0]
    let weight = first.weight.value.cast(to: .float64)
    let slopes = weight.slicing(0..<inputs, along: 1) / Tensor(scales)
    var bias = first.bias!.value.cast(to: .float64) - slopes.matmul(Tensor(shifts))
    if hasIntercept { bias = bias + weight.selecting(inputs, along: 1) }
    result.layers[0].weight.replace(with: slopes)
    result.layers[0].bias!.replace(with: bias)
    return result
  }
}
