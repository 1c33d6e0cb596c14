import Networks
import Tensors

/// The deep neural autoregressive distribution estimator over binary inputs, trained for every order
/// at once (Uria, Murray & Larochelle 2014, *A Deep and Tractable Density Estimator*).
///
/// One network gives the logits of all inputs from any observed part: with mask m,
/// h₁ = g(c₁ + W(x ⊙ m) + W_m m), h_l = g(c_l + W_l h_{l−1}), z = b + V h_L. In an order the masks are
/// its prefixes, and log q(x) = Σ_i x_i z_i − softplus(z_i): one pass of the upper layers for each
/// input.
///
/// As a student its value is log q(x) in ``order``, `[count, 1]`. In a training pass it is, at the
/// cost of one pass of the network, an unbiased estimate of the mean of log q(x) over all orders:
/// with d of D inputs observed, drawn at random, D/(D − d) times the sum over those that are not.
/// Minimise `negativeLogLikelihood` or `conditionalCrossEntropy` therefore; a loss that is not linear
/// in log q(x) would see the estimate's variance.
public struct DeepNADE: AnyOrderModel {
  /// W, `[hidden, inputs]`.
  public let inputWeights: Parameter
  /// W_m, `[hidden, inputs]`.
  public let maskWeights: Parameter
  /// c₁, `[hidden]`.
  public let inputBias: Parameter
  /// The layers after the first hidden one; the last gives the logits.
  public let layers: [Linear]
  public let activation: Activation
  public let order: [Int]

  /// A deep NADE to be trained, with weights uniform on ±√(6/(fan-in + fan-out)) and biases zero.
  ///
  /// - Parameters:
  ///   - hidden: Units of each hidden layer.
  ///   - activation: The default is the paper's.
  ///   - order: That of evaluation and sampling; the default takes inputs as they come. Images are
  ///     better taken in a random order, whose prefixes look like the masks of training.
  public init(
    inputs: Int,
    hidden: [Int],
    activation: Activation = .relu,
    order: [Int]? = nil,
    using generator: RandomGenerator
  ) {
    let order = order ?? Array(0..<inputs)
    precondition(
      !hidden.isEmpty && order.sorted() == Array(0..<inputs),
      "DeepNADE: needs a hidden layer, and an order that is a permutation of the \(inputs) inputs"
    )
    func drawn() -> Parameter {
      let shape = [hidden[0], inputs]
      return Parameter(
        Initialization.glorotUniform(shape, fanIn: 2 * inputs, fanOut: hidden[0], using: generator)
      )
    }
    inputWeights = drawn()
    maskWeights = drawn()
    inputBias = Parameter(.zeros([hidden[0]]))
    let sizes = hidden + [inputs]
    layers = zip(sizes, sizes.dropFirst()).map { below, above in
      let layer = Linear(below, above, initialization: .glorotUniform, using: generator)
      layer.bias?.replace(with: .zeros([above]))
      return layer
    }
    self.activation = activation
    self.order = order
  }

  private init(_ other: DeepNADE, order: [Int]) {
    inputWeights = other.inputWeights
    maskWeights = other.maskWeights
    inputBias = other.inputBias
    layers = other.layers
    activation = other.activation
    self.order = order
  }

  public var inputs: Int { inputWeights.shape[1] }
  /// Units of each hidden layer.
  public var hidden: [Int] { [inputBias.shape[0]] + layers.dropLast().map { $0.weight.shape[0] } }

  public func ordered(by order: [Int]) -> DeepNADE {
    precondition(
      order.sorted() == Array(0..<inputs),
      "DeepNADE.ordered: the order must be a permutation of the \(inputs) inputs"
    )
    return DeepNADE(self, order: order)
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let x = input.flattened(from: 1).cast(to: inputWeights.value.elementType)
    guard let generator = pass.generator else {
      let z = logits(x)
      pass.tap("logits", z)
      return (x * z - z.softplus).sum(along: 1, keepingAxes: true)
    }
    return estimate(x, using: generator, pass)
  }

  /// The unbiased estimate of log q(x), averaged over orders, from one random mask for each example.
  private func estimate(_ x: Tensor, using generator: RandomGenerator, _ pass: Pass) -> Tensor {
    let (count, inputs) = (x.shape[0], inputs)
    // The inputs before a random one in a random order: their number is uniform on 0 ..< inputs.
    let places = Tensor.uniform([count, inputs], using: generator)
    let next = Tensor.randomIntegers(0..<inputs, [count, 1], using: generator)
    let mask = (places .< places.gathering(next, along: 1)).cast(to: x.elementType)
    let first =
      (x * mask).linear(weight: inputWeights.value, bias: inputBias.value)
      + mask.linear(weight: maskWeights.value)
    let z = upper(activation(first))
    let scale = Double(inputs) / (Double(inputs) - mask.sum(along: 1, keepingAxes: true))
    let weights = (1 - mask) * scale
    pass.tap("logits", z)
    pass.tap("weights", weights)
    return ((x * z - z.softplus) * weights).sum(along: 1, keepingAxes: true)
  }

  /// The logits of all inputs from the first hidden layer.
  private func upper(_ h: Tensor) -> Tensor {
    layers.dropLast().reduce(h) { activation($1($0)) }.linear(
      weight: layers.last!.weight.value,
      bias: layers.last!.bias!.value
    )
  }

  /// The logit of every input given those before it, in the order of the inputs.
  private func logits(_ x: Tensor) -> Tensor {
    let steps = Steps(self)
    let terms =
      x.gatheringRows(steps.order, along: 1).insertingAxis(2) * steps.inputs + steps.masks
    let a = terms.sumsBefore + inputBias.value
    let h = steps.deep(activation(a))
    let z = (h * steps.outputs).sum(along: 2) + steps.bias
    return z.gatheringRows(steps.order.sorted().indices, along: 1)
  }

  /// Rows at a time: there is a state of the hidden layers for each input of each row, and states that
  /// stay near the processor are several times faster to go through than those that do not.
  private var rows: Int {
    max(1_000_000 / (inputs * hidden.max()!), 1)
  }

  public func inputDerivative(_ states: Tensor) -> Tensor { differentiated(states, rows: rows) }

  public func logProbability(_ states: Tensor) -> Tensor {
    evaluated(states, rows: rows) { self($0).flattened() }
  }

  public func conditionals(_ states: Tensor) -> Tensor {
    evaluated(states, rows: rows) {
      logits($0.cast(to: inputWeights.value.elementType)).sigmoid
    }
  }
}

extension DeepNADE {
  /// Parameters by the places of the order.
  private struct Steps {
    let order: Tensor
    /// What an input that is on, and one that is observed, adds to the first layer.
    let inputs: Tensor
    let masks: Tensor
    /// V and b, row by row.
    let outputs: Tensor
    let bias: Tensor
    let model: DeepNADE

    init(_ model: DeepNADE) {
      self.model = model
      order = Tensor(model.order)
      inputs = model.inputWeights.value.transposed()[rows: order]
      masks = model.maskWeights.value.transposed()[rows: order]
      outputs = model.layers.last!.weight.value[rows: order]
      bias = model.layers.last!.bias!.value[rows: order]
    }

    /// From the first hidden layer to the last.
    func deep(_ h: Tensor) -> Tensor {
      model.layers.dropLast().reduce(h) { model.activation($1($0)) }
    }
  }

  public func sampled(
    _ count: Int,
    seed: UInt64,
    stream: Int
  ) -> (samples: Tensor, logProbability: Tensor) {
    drawn(count, from: nil, given: 0, RandomGenerator(seed: seed, stream: stream))
  }

  public func completions(
    of states: Tensor,
    given: Int,
    seed: UInt64,
    stream: Int
  ) throws -> Tensor {
    try checkCompletions(of: states, given: given)
    let generator = RandomGenerator(seed: seed, stream: stream)
    return drawn(states.shape[0], from: states, given: given, generator).samples
  }

  private func drawn(
    _ count: Int,
    from start: Tensor?,
    given: Int,
    _ generator: RandomGenerator
  ) -> (samples: Tensor, logProbability: Tensor) {
    withoutGradient {
      let steps = Steps(self)
      let type = inputWeights.value.elementType
      let known = start?.gatheringRows(steps.order[0..<given], along: 1).cast(to: type)
      let uniforms = Tensor.uniform([count, inputs], using: generator).unbound(along: 1)
      var a = inputBias.value.insertingAxis(0)
      var (columns, logits): ([Tensor], [Tensor]) = ([], [])
      for place in 0..<inputs {
        let h = steps.deep(activation(a)).broadcast(to: [count, steps.outputs.shape[1]])
        let z = h.matmul(steps.outputs[place]) + steps.bias[place]
        let x =
          place < given
          ? known!.selecting(place, along: 1) : (uniforms[place] .< z.sigmoid).cast(to: type)
        logits.append(z)
        columns.append(x)
        a = a + x.insertingAxis(1) * steps.inputs[place] + steps.masks[place]
      }
      let (x, z) = (Tensor.stacked(columns, along: 1), Tensor.stacked(logits, along: 1))
      let samples = x.gatheringRows(steps.order.sorted().indices, along: 1).cast(to: .uint8)
      return (samples, (x * z - z.softplus).sum(along: 1))
    }
  }
}
