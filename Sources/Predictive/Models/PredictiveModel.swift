import Distillation
import Probability
import Tensors

/// What a model predicts at an input, given one draw of its parameters.
///
/// A prediction is written as numbers that may be averaged over draws as they are: the probability
/// of every class, a mean, or a density. The posterior predictive is their mean over draws, of
/// which the logarithm is taken last.
public protocol PredictiveModel: Sendable {
  /// Numbers in a draw.
  var dimension: Int { get }
  /// Numbers in an input.
  var inputs: Int { get }
  /// Numbers in a prediction; for classifiers one for each class, two for two classes.
  var outputs: Int { get }
  /// What a prediction is.
  var quantity: PredictedQuantity { get }
  /// Whether ``predict(_:at:values:slopes:)`` also gives derivatives.
  var hasSlopes: Bool { get }

  /// Writes the prediction of one draw.
  ///
  /// - Parameters:
  ///   - draw: `[dimension]`.
  ///   - input: `[inputs]`.
  ///   - values: Receives `[outputs]`.
  ///   - slopes: Receives their derivatives with respect to the input, `[outputs, inputs]`, unless
  ///     nil.
  func predict(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    values: UnsafeMutablePointer<Double>,
    slopes: UnsafeMutablePointer<Double>?
  )

  /// An outcome drawn from what one draw predicts at an input: a class, a count or a number.
  func sample(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    using random: inout RandomStream
  ) -> Double

  /// The sums over draws `[draws, dimension]` of predictions at inputs `[batch, inputs]` and of their
  /// derivatives: `[batch, outputs]` and `[batch, outputs, inputs]`. The default goes through
  /// ``predict(_:at:values:slopes:)``; models that are products of matrices do better.
  func sum(_ draws: Tensor, at inputs: Tensor, slopes: Bool) -> (values: Tensor, slopes: Tensor?)
}

/// What the numbers of a prediction are.
public enum PredictedQuantity: String, Sendable, Codable {
  /// Probabilities of classes.
  case probabilities
  /// Means of the outcome.
  case means
  /// The density at the input.
  case densities
}

extension PredictiveModel {
  public func sum(
    _ draws: Tensor,
    at inputs: Tensor,
    slopes wantsSlopes: Bool
  ) -> (values: Tensor, slopes: Tensor?) {
    let (parameters, points) = (draws.scalars(Double.self), inputs.scalars(Double.self))
    let (count, batch) = (draws.shape[0], inputs.shape[0])
    let width = outputs * self.inputs
    var values = [Double](repeating: 0, count: batch * outputs)
    var slopes = [Double](repeating: 0, count: wantsSlopes ? batch * width : 0)
    var value = [Double](repeating: 0, count: outputs)
    var slope = [Double](repeating: 0, count: wantsSlopes ? width : 0)
    for n in 0..<batch {
      for m in 0..<count {
        predict(parameters, m, points, n, &value, &slope)
        for k in 0..<outputs { values[n * outputs + k] += value[k] }
        for i in slope.indices { slopes[n * width + i] += slope[i] }
      }
    }
    return (
      Tensor(values, shape: [batch, outputs]),
      wantsSlopes ? Tensor(slopes, shape: [batch, outputs, self.inputs]) : nil
    )
  }

  /// The prediction of row m of `draws` at row n of `points`; slopes where there is room for them.
  @inline(__always)
  func predict(
    _ draws: [Double],
    _ m: Int,
    _ points: [Double],
    _ n: Int,
    _ value: inout [Double],
    _ slope: inout [Double]
  ) {
    let hasRoom = !slope.isEmpty
    draws.withUnsafeBufferPointer { draws in
      points.withUnsafeBufferPointer { points in
        value.withUnsafeMutableBufferPointer { value in
          slope.withUnsafeMutableBufferPointer { slope in
            predict(
              draws.baseAddress! + m * dimension,
              at: points.baseAddress! + n * inputs,
              values: value.baseAddress!,
              slopes: hasRoom ? slope.baseAddress! : nil
            )
          }
        }
      }
    }
  }

  /// The prediction of one draw at an input, `[outputs]`.
  public func prediction(of draw: [Double], at input: [Double]) -> [Double] {
    var value = [Double](repeating: 0, count: outputs)
    var none: [Double] = []
    predict(draw, 0, input, 0, &value, &none)
    return value
  }

  /// An outcome drawn from what one draw predicts at an input.
  public func sample(
    _ draw: [Double],
    at input: [Double] = [],
    using random: inout RandomStream
  ) -> Double {
    draw.withUnsafeBufferPointer { draw in
      input.withUnsafeBufferPointer { input in
        // A model without inputs never looks at them.
        sample(draw.baseAddress!, at: input.baseAddress ?? draw.baseAddress!, using: &random)
      }
    }
  }
}
