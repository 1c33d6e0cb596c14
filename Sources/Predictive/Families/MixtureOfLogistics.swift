import Distillation
import Foundation
import Networks
import Probability
import Tensors

/// A closed-form classifier of two classes: P(y = 1 | x) = Σ_k a_k s(w_k · x), with s the logistic or
/// the probit curve.
///
/// ```swift
/// let student = MixtureOfLogistics(10, inputs: 2, using: RandomGenerator(seed: 1))
/// try distill(teacher, into: student, on: inputs, minimizing: .softCrossEntropy(), using: Adam())
/// print(student)  // P(y = 1 | x) = 0.1 σ(1.2 x₁ − 0.3 x₂) + …
/// ```
///
/// Its output is the logit log P(1) − log P(0), `[batch, 1]`. With fixed equal weights it is the
/// compact model f(x) = 1/K Σ_k σ(w_k · x) of Papamakarios, *Distilling Model Knowledge* (2015),
/// section 4. Cross entropy and average score matching are differentiated by hand.
public struct MixtureOfLogistics: Module {
  /// w, `[components, inputs]`.
  public let coefficients: Parameter
  /// The logarithms of the weights up to a constant, `[components]`; a buffer when they are fixed.
  public let logWeights: Parameter
  public let link: Link

  public var components: Int { coefficients.shape[0] }
  public var inputs: Int { coefficients.shape[1] }

  /// The mixture with these coefficients `[components][inputs]`.
  ///
  /// - Parameters:
  ///   - weights: Positive, in any scale. The default is equal weights.
  ///   - weightsAreFixed: Whether training leaves the weights alone.
  public init(
    _ coefficients: [[Double]],
    weights: [Double]? = nil,
    weightsAreFixed: Bool = true,
    link: Link = .logistic,
    _ elementType: ElementType = .float64
  ) {
    let weights = weights ?? coefficients.map { _ in 1 }
    precondition(
      !coefficients.isEmpty && weights.count == coefficients.count
        && weights.allSatisfy { $0 > 0 && $0.isFinite },
      "MixtureOfLogistics: \(weights.count) weights for \(coefficients.count) components; must be "
        + "as many, and positive"
    )
    let total = weights.reduce(0, +)
    self.coefficients = Parameter(Tensor(coefficients).cast(to: elementType))
    logWeights = Parameter(
      Tensor(weights.map { log($0 / total) }).cast(to: elementType),
      role: weightsAreFixed ? .buffer : .trained
    )
    self.link = link
  }

  /// Equal weights, and coefficients from N(0, scale²).
  public init(
    _ components: Int,
    inputs: Int,
    scale: Double = 1,
    weightsAreFixed: Bool = true,
    link: Link = .logistic,
    _ elementType: ElementType = .float64,
    using generator: RandomGenerator
  ) {
    precondition(
      components > 0 && inputs > 0,
      "MixtureOfLogistics: \(components) components of \(inputs) inputs; both must be positive"
    )
    coefficients = Parameter(
      Tensor.normal([components, inputs], .float64, using: generator).cast(to: elementType) * scale
    )
    logWeights = Parameter(
      Tensor.full(-log(Double(components)), [components], elementType),
      role: weightsAreFixed ? .buffer : .trained
    )
    self.link = link
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let z = input.linear(weight: coefficients.value)
    let weights = logWeights.value.logSoftmax()
    let above = (link.logValue(z) + weights).logSumExp(along: 1, keepingAxes: true)
    let below = (link.logValue(-z) + weights).logSumExp(along: 1, keepingAxes: true)
    return above - below
  }

  /// The weights a, adding to one.
  public var weights: [Double] { logWeights.value.cast(to: .float64).softmax().scalars() }

  /// P(y = 1 | x).
  public func probability(at input: [Double]) -> Double {
    precondition(
      input.count == inputs,
      "MixtureOfLogistics.probability: \(input.count) numbers for \(inputs) inputs"
    )
    let w = coefficients.value.scalars(Double.self)
    return weights.enumerated().reduce(0) { sum, component in
      let z = input.indices.reduce(0.0) { $0 + w[component.offset * inputs + $1] * input[$1] }
      return sum + component.element * link.evaluate(z).value
    }
  }

  /// log P(y | x).
  public func logProbability(of outcome: Bool, at input: [Double]) -> Double {
    // P(0 | x) = P(1 | −x), to full precision.
    log(probability(at: outcome ? input : input.map { -$0 }))
  }

  /// A class drawn at an input.
  public func sample(at input: [Double], using random: inout RandomStream) -> Bool {
    random.uniform() < probability(at: input)
  }
}

extension MixtureOfLogistics: CustomStringConvertible {
  public var description: String { formula() }
}
