import Foundation
import Networks
import Probability
import Tensors

/// A closed-form classifier of several classes: P(y = c | x) = Σ_k a_k softmax(W_k x)_c.
///
/// Its output is log P(c | x), `[batch, classes]`. The version for several classes of
/// ``MixtureOfLogistics``.
public struct MixtureOfSoftmaxes: Module {
  /// W, `[components, classes, inputs]`.
  public let coefficients: Parameter
  /// The logarithms of the weights up to a constant, `[components]`; a buffer when they are fixed.
  public let logWeights: Parameter

  public var components: Int { coefficients.shape[0] }
  public var classes: Int { coefficients.shape[1] }
  public var inputs: Int { coefficients.shape[2] }

  /// The mixture with these coefficients `[components][classes × inputs]`.
  ///
  /// - Parameters:
  ///   - weights: Positive, in any scale. The default is equal weights.
  ///   - weightsAreFixed: Whether training leaves the weights alone.
  public init(
    _ coefficients: [[Double]],
    classes: Int,
    weights: [Double]? = nil,
    weightsAreFixed: Bool = true
  ) {
    let inputs = (coefficients.first?.count ?? 0) / max(classes, 1)
    let weights = weights ?? coefficients.map { _ in 1 }
    precondition(
      inputs > 0 && coefficients.allSatisfy { $0.count == classes * inputs }
        && weights.count == coefficients.count && weights.allSatisfy { $0 > 0 && $0.isFinite },
      "MixtureOfSoftmaxes: \(coefficients.count) components and \(weights.count) weights of "
        + "\(classes) classes; every component needs as many coefficients for each class"
    )
    let total = weights.reduce(0, +)
    self.coefficients = Parameter(
      Tensor(coefficients.flatMap { $0 }, shape: [coefficients.count, classes, inputs])
    )
    logWeights = Parameter(
      Tensor(weights.map { log($0 / total) }),
      role: weightsAreFixed ? .buffer : .trained
    )
  }

  /// Equal weights, and coefficients from N(0, scale²).
  public init(
    _ components: Int,
    classes: Int,
    inputs: Int,
    scale: Double = 1,
    weightsAreFixed: Bool = true,
    _ elementType: ElementType = .float64,
    using generator: RandomGenerator
  ) {
    precondition(
      components > 0 && classes > 1 && inputs > 0,
      "MixtureOfSoftmaxes: \(components) components of \(classes) classes of \(inputs) inputs"
    )
    let shape = [components, classes, inputs]
    coefficients = Parameter(
      Tensor.normal(shape, .float64, using: generator).cast(to: elementType) * scale
    )
    logWeights = Parameter(
      Tensor.full(-log(Double(components)), [components], elementType),
      role: weightsAreFixed ? .buffer : .trained
    )
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let rows = coefficients.value.flattened(from: 0, through: 1)
    let logits = input.linear(weight: rows).reshaped(to: [-1, components, classes])
    let weights = logWeights.value.logSoftmax().insertingAxis(1)
    return (logits.logSoftmax() + weights).logSumExp(along: 1)
  }

  /// The weights a, adding to one.
  public var weights: [Double] { logWeights.value.cast(to: .float64).softmax().scalars() }

  /// P(c | x) of every class.
  public func probabilities(at input: [Double]) -> [Double] {
    let x = Tensor(input, shape: [1, input.count]).cast(to: coefficients.value.elementType)
    return withoutGradient { self(x).exponential.scalars() }
  }

  /// A class drawn at an input.
  public func sample(at input: [Double], using random: inout RandomStream) -> Int {
    Categorical(weights: probabilities(at: input)).sample(using: &random)
  }
}

extension MixtureOfSoftmaxes: CustomStringConvertible {
  public var description: String { formula() }
}

extension MixtureOfSoftmaxes: Codable {
  private enum CodingKeys: CodingKey {
    case family, weights, coefficients, shape, weightsAreFixed, formula
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode("mixture of softmaxes", forKey: .family)
    try container.encode(weights, forKey: .weights)
    try container.encode(coefficients.shape, forKey: .shape)
    try container.encode(coefficients.value.scalars(Double.self), forKey: .coefficients)
    try container.encode(logWeights.role == .buffer, forKey: .weightsAreFixed)
    try container.encode(description, forKey: .formula)
  }

  /// - Throws: `DecodingError` when weights and coefficients do not fit together.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let shape = try container.decode([Int].self, forKey: .shape)
    let values = try container.decode([Double].self, forKey: .coefficients)
    let weights = try container.decode([Double].self, forKey: .weights)
    try container.require(
      shape.count == 3 && shape.allSatisfy { $0 > 0 && $0 < 1 << 20 }
        && shape.reduce(1, *) == values.count && weights.count == shape[0]
        && weights.areWeights && values.areModerate,
      .coefficients,
      "a mixture needs a positive weight for each component and coefficients of the stated shape, "
        + "all below 1e75"
    )
    coefficients = Parameter(Tensor(values, shape: shape))
    let isFixed = try container.decode(Bool.self, forKey: .weightsAreFixed)
    logWeights = Parameter(Tensor(weights.map { log($0) }), role: isFixed ? .buffer : .trained)
  }
}
