import Foundation
import Networks
import Probability
import Tensors

/// A multilayer perceptron whose weights are the draw: what a Bayesian neural network predicts.
///
/// A draw holds, layer by layer, the weights `[outputs, inputs]` row by row and then the biases; for
/// ``Outcome/normal`` one more number follows, the logarithm of the noise's standard deviation.
/// MacKay (1992); Neal, *Bayesian learning for neural networks* (1996).
public struct NetworkModel: PredictiveModel, Codable, Hashable {
  /// How the outcome depends on the network's outputs.
  public enum Outcome: String, Codable, Sendable {
    /// A class, P(y = c) = softmax(outputs)_c.
    case classes
    /// A number, y ~ N(output, noise²) with a noise that is learnt.
    case normal
  }

  /// The number of inputs, of each hidden layer's units, and of outputs.
  public let widths: [Int]
  public let activation: Activation
  public let outcome: Outcome
  /// Where each layer's weights begin in a draw; last, where the layers end.
  let offsets: [Int]

  public var dimension: Int { offsets.last! + (outcome == .normal ? 1 : 0) }
  public var inputs: Int { widths[0] }
  public var outputs: Int { widths.last! }
  public var quantity: PredictedQuantity { outcome == .classes ? .probabilities : .means }
  public var hasSlopes: Bool { true }
  var layers: Int { widths.count - 1 }

  /// - Parameters:
  ///   - widths: For ``Outcome/normal`` the last one must be 1, for classes at least 2.
  ///   - activation: Between layers. The default, tanh, is smooth, as Hamiltonian samplers like it.
  public init(_ widths: [Int], activation: Activation = .tanh, _ outcome: Outcome) {
    precondition(
      Self.isValid(widths, outcome),
      "NetworkModel(\(widths), \(outcome)): needs positive widths, and one output for a normal "
        + "outcome or two for classes"
    )
    self.widths = widths
    self.activation = activation
    self.outcome = outcome
    offsets = zip(widths, widths.dropFirst()).reduce(into: [0]) {
      $0.append($0.last! + $1.0 * $1.1 + $1.1)
    }
  }

  /// The weight and bias of each layer in a draw `[dimension]` of any real type: views of it.
  func parameters(of draw: Tensor) -> [(weight: Tensor, bias: Tensor)] {
    (0..<layers).map { l in
      let (start, size) = (offsets[l], widths[l] * widths[l + 1])
      return (
        draw[start..<(start + size)].reshaped(to: [widths[l + 1], widths[l]]),
        draw[(start + size)..<offsets[l + 1]]
      )
    }
  }

  /// The outputs `[batch, outputs]` of the network that a draw stands for.
  public func outputs(of draw: Tensor, at points: Tensor) -> Tensor {
    var value = points
    for (l, layer) in parameters(of: draw).enumerated() {
      value = value.linear(weight: layer.weight, bias: layer.bias)
      if l < layers - 1 { value = activation(value) }
    }
    return value
  }

  /// The network that a draw stands for, of its own.
  public func network(of draw: [Double], _ elementType: ElementType = .float32) -> MLP {
    let network = MLP(
      widths,
      activation: activation,
      initialization: .zeros,
      elementType,
      using: RandomGenerator(seed: 0)
    )
    for (layer, values) in zip(network.layers, parameters(of: Tensor(draw))) {
      layer.weight.replace(with: values.weight.cast(to: elementType).copied)
      layer.bias!.replace(with: values.bias.cast(to: elementType).copied)
    }
    return network
  }

  /// The draw that stands for a network, with the noise's standard deviation where there is one.
  public func draw(of network: MLP, noise: Double? = nil) -> [Double] {
    precondition(
      network.widths == widths && network.activation == activation
        && (noise != nil) == (outcome == .normal),
      "NetworkModel.draw: a network \(network.widths) for \(widths), or noise where there is none"
    )
    return network.layers.flatMap {
      $0.weight.value.scalars(Double.self) + $0.bias!.value.scalars(Double.self)
    } + (noise.map { [log($0)] } ?? [])
  }
}

extension NetworkModel {
  private enum CodingKeys: CodingKey {
    case widths, activation, outcome
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let widths = try container.decode([Int].self, forKey: .widths)
    let outcome = try container.decode(Outcome.self, forKey: .outcome)
    guard Self.isValid(widths, outcome) else {
      throw PredictiveError(
        "a network of widths \(widths) is not one for \(outcome.rawValue): the file is damaged"
      )
    }
    let activation = try container.decode(Activation.self, forKey: .activation)
    self.init(widths, activation: activation, outcome)
  }

  private static func isValid(_ widths: [Int], _ outcome: Outcome) -> Bool {
    widths.count >= 2 && widths.allSatisfy { $0 > 0 && $0 < 1 << 20 }
      && (outcome == .normal ? widths.last! == 1 : widths.last! > 1)
  }
}

extension NetworkModel {
  public func predict(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    values: UnsafeMutablePointer<Double>,
    slopes: UnsafeMutablePointer<Double>?
  ) {
    var value = (0..<inputs).map { input[$0] }
    // ∂value/∂input, `[width, inputs]`, carried forward where it is wanted.
    var jacobian = [Double]()
    for l in 0..<layers {
      let (wide, narrow) = (widths[l], widths[l + 1])
      let weight = draw + offsets[l]
      let bias = weight + wide * narrow
      var next = [Double](repeating: 0, count: narrow)
      var nextJacobian = [Double](repeating: 0, count: slopes == nil ? 0 : narrow * inputs)
      for i in 0..<narrow {
        let row = weight + i * wide
        var z = bias[i]
        for j in 0..<wide { z += row[j] * value[j] }
        let (output, slope) = l < layers - 1 ? activation.evaluate(z) : (z, 1)
        next[i] = output
        guard slopes != nil else { continue }
        for d in 0..<inputs {
          var sum = l == 0 ? row[d] : 0
          if l > 0 { for j in 0..<wide { sum += row[j] * jacobian[j * inputs + d] } }
          nextJacobian[i * inputs + d] = slope * sum
        }
      }
      (value, jacobian) = (next, nextJacobian)
    }
    if outcome == .classes { Self.softmax(&value, &jacobian, inputs) }
    for k in 0..<outputs { values[k] = value[k] }
    if let slopes { for i in jacobian.indices { slopes[i] = jacobian[i] } }
  }

  /// Probabilities in place of logits, and their derivatives p_c (J_c − Σ_d p_d J_d) for the logits'.
  private static func softmax(_ values: inout [Double], _ jacobian: inout [Double], _ inputs: Int) {
    let largest = values.max()!
    for c in values.indices { values[c] = exp(values[c] - largest) }
    let total = values.reduce(0, +)
    for c in values.indices { values[c] /= total }
    guard !jacobian.isEmpty else { return }
    for d in 0..<inputs {
      var mean = 0.0
      for c in values.indices { mean += values[c] * jacobian[c * inputs + d] }
      for c in values.indices {
        jacobian[c * inputs + d] = values[c] * (jacobian[c * inputs + d] - mean)
      }
    }
  }

  public func sample(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    using random: inout RandomStream
  ) -> Double {
    var value = [Double](repeating: 0, count: outputs)
    predict(draw, at: input, values: &value, slopes: nil)
    switch outcome {
    case .classes: return Double(Categorical(weights: value).sample(using: &random))
    case .normal: return value[0] + exp(draw[dimension - 1]) * random.normal()
    }
  }

  /// One network after another: on a processor that is faster than all of them in one product.
  public func sum(
    _ draws: Tensor,
    at points: Tensor,
    slopes wantsSlopes: Bool
  ) -> (values: Tensor, slopes: Tensor?) {
    var total: (values: Tensor, slopes: Tensor?)?
    for draw in draws.unbound() {
      let part = prediction(of: draw, at: points, slopes: wantsSlopes)
      total =
        total.map { sum in
          (sum.values + part.values, part.slopes.flatMap { new in sum.slopes.map { $0 + new } })
        } ?? part
    }
    return total!
  }

  private func prediction(
    of draw: Tensor,
    at points: Tensor,
    slopes wantsSlopes: Bool
  ) -> (values: Tensor, slopes: Tensor?) {
    func values(_ points: Tensor) -> Tensor {
      let outputs = outputs(of: draw, at: points)
      return outcome == .classes ? outputs.softmax() : outputs
    }
    guard wantsSlopes else { return (values(points), nil) }
    let (value, slopes) = batchJacobian(at: points, of: values)
    return (value, slopes)
  }
}
