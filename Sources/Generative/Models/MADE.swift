import Networks
import Tensors

/// The masked autoencoder for distribution estimation over binary inputs (Germain, Gregor, Murray &
/// Larochelle 2015).
///
/// A perceptron whose weights are masked so that the i-th output, the logit of x_i, depends only on
/// inputs before i in an order: h_l = g(b_l + (W_l ⊙ M_l) h_{l−1}), z = b + (V ⊙ M) h_L, and
/// log q(x) = Σ_i x_i z_i − softplus(z_i). One pass gives all conditionals, by products of matrices.
///
/// As a student its value is log q(x), `[count, 1]`; the tap `logits` is z.
///
/// ```swift
/// let student = MADE(inputs: 784, hidden: [1000, 1000], using: RandomGenerator(seed: 1))
/// try distill(
///   rbm, into: student, on: rbm.gibbsSamples(batchSize: { _ in 100 }, steps: 10_000, seed: 1),
///   minimizing: .negativeLogLikelihood, using: Adam(), schedule: .cosine(over: 10_000))
/// ```
public struct MADE: AnyOrderModel {
  /// W_l and last V, `[outputs, inputs]`.
  public let weights: [Parameter]
  public let biases: [Parameter]
  /// What says to units which connections they have, (U_l ⊙ M_l)·1 beside b_l: for models that see
  /// many masks; empty for others.
  public let connectivityWeights: [Parameter]
  /// From inputs straight to outputs; nil for none.
  public let directWeights: Parameter?
  public let activation: Activation
  /// Which masks training steps look at. Everything else looks at those of ``order``.
  public let sampling: MaskSampling
  let current: Current

  /// The masks in use and those that training takes from.
  struct Current {
    var connectivity: Connectivity
    var masks: Masks
    var choices: [Masks]
  }

  /// A MADE to be trained, with weights uniform on ±√(6/(fan-in + fan-out)).
  ///
  /// - Parameters:
  ///   - hidden: Units of each hidden layer.
  ///   - activation: The default is the paper's.
  ///   - order: The default takes inputs as they come.
  ///   - masks: The default has one order and as many units of each degree. Others draw them.
  ///   - connectsDirectly: Whether inputs have weights straight to outputs too.
  public init(
    inputs: Int,
    hidden: [Int],
    activation: Activation = .relu,
    order: [Int]? = nil,
    masks sampling: MaskSampling = .fixed,
    connectsDirectly: Bool = false,
    using generator: RandomGenerator
  ) {
    let order = order ?? Array(0..<inputs)
    precondition(
      !hidden.isEmpty && order.sorted() == Array(0..<inputs),
      "MADE: needs a hidden layer, and an order that is a permutation of the \(inputs) inputs"
    )
    let sizes = [inputs] + hidden + [inputs]
    func drawn(_ index: Int) -> Parameter {
      let (fanIn, fanOut) = (sizes[index], sizes[index + 1])
      let shape = [fanOut, fanIn]
      return Parameter(
        Initialization.glorotUniform(shape, fanIn: fanIn, fanOut: fanOut, using: generator)
      )
    }
    weights = (0...hidden.count).map(drawn)
    biases = sizes.dropFirst().map { Parameter(.zeros([$0])) }
    connectivityWeights = sampling.isFixed ? [] : (0...hidden.count).map(drawn)
    directWeights = connectsDirectly ? Parameter(.zeros([inputs, inputs])) : nil
    self.activation = activation
    self.sampling = sampling
    let degrees =
      sampling.connectivities
      ? Connectivity.random(inputs, hidden, using: generator) : Connectivity.even(inputs, hidden)
    let first = Connectivity(order: order, degrees: degrees)
    let others = (1..<max(sampling.count ?? 1, 1)).map { _ in
      Self.drawn(sampling, like: first, hidden, using: generator)
    }
    current = Current(
      connectivity: first,
      masks: Masks(first),
      choices: sampling.count == nil ? [] : ([first] + others).map { Masks($0, as: .bool) }
    )
  }

  /// The same parameters with other masks.
  ///
  /// - Parameter choices: Those that training takes from; nil for the other's.
  init(
    _ other: MADE,
    _ connectivity: Connectivity,
    choices: (of: MaskSampling, from: [Connectivity])? = nil
  ) {
    weights = other.weights
    biases = other.biases
    connectivityWeights = other.connectivityWeights
    directWeights = other.directWeights
    activation = other.activation
    sampling = choices?.of ?? other.sampling
    current = Current(
      connectivity: connectivity,
      masks: Masks(connectivity),
      choices: choices?.from.map { Masks($0, as: .bool) } ?? other.current.choices
    )
  }

  public var inputs: Int { weights[0].shape[1] }
  /// Units of each hidden layer.
  public var hidden: [Int] { weights.dropLast().map { $0.shape[0] } }
  public var order: [Int] { current.connectivity.order }
  /// The weights of every layer, `[outputs, inputs]`, zero where nothing is connected.
  public var connectedWeights: [Tensor] { connectedLayers.map(\.weight) }

  /// Every layer as it is connected: weights `[outputs, inputs]`, zero where nothing is, and biases.
  package var connectedLayers: [(weight: Tensor, bias: Tensor)] { maskedLayers(current.masks) }
  /// The same from inputs straight to outputs.
  package var connectedDirectWeights: Tensor? { maskedDirect(current.masks) }

  public func ordered(by order: [Int]) -> MADE {
    precondition(
      order.sorted() == Array(0..<inputs),
      "MADE.ordered: the order must be a permutation of the \(inputs) inputs"
    )
    return MADE(self, Connectivity(order: order, degrees: current.connectivity.degrees))
  }

  /// Models with these parameters that differ in their masks, drawn as training draws them: the
  /// members of an ``OrderMixture``.
  public func members(_ count: Int, seed: UInt64) -> [MADE] {
    let generator = RandomGenerator(seed: seed)
    return (0..<count).map { index in
      if index < current.choices.count { return MADE(self, current.choices[index].connectivity) }
      return MADE(
        self,
        Self.drawn(sampling, like: current.connectivity, hidden, using: generator)
      )
    }
  }

  private static func drawn(
    _ sampling: MaskSampling,
    like first: Connectivity,
    _ hidden: [Int],
    using generator: RandomGenerator
  ) -> Connectivity {
    let inputs = first.order.count
    let order =
      sampling.orders
      ? Tensor.permutation(inputs, using: generator).scalars(Int.self) : first.order
    let degrees =
      sampling.connectivities
      ? Connectivity.random(inputs, hidden, using: generator) : first.degrees
    return Connectivity(order: order, degrees: degrees)
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let x = input.flattened(from: 1).cast(to: weights[0].value.elementType)
    let z = logits(x, masks(for: pass))
    pass.tap("logits", z)
    return (x * z - z.softplus).sum(along: 1, keepingAxes: true)
  }

  private func masks(for pass: Pass) -> Masks {
    guard let generator = pass.generator, !sampling.isFixed else { return current.masks }
    let choices = current.choices
    if !choices.isEmpty {
      return choices[Tensor.randomIntegers(0..<choices.count, [1], using: generator).scalar()]
    }
    return Masks(Self.drawn(sampling, like: current.connectivity, hidden, using: generator))
  }

  private func logits(_ x: Tensor, _ masks: Masks) -> Tensor {
    let layers = maskedLayers(masks)
    var h = x
    for (index, layer) in layers.enumerated() {
      h = h.linear(weight: layer.weight, bias: layer.bias)
      if index < layers.count - 1 { h = activation(h) }
    }
    guard let direct = maskedDirect(masks) else { return h }
    return h + x.linear(weight: direct)
  }

  public func logProbability(_ states: Tensor) -> Tensor {
    evaluated(states, rows: 2_000) { self($0).flattened() }
  }

  public func conditionals(_ states: Tensor) -> Tensor {
    evaluated(states, rows: 2_000) {
      logits($0.cast(to: weights[0].value.elementType), current.masks).sigmoid
    }
  }
}

extension MADE {
  /// A connectivity with its masks made: 1 where there is a connection, 0 elsewhere.
  struct Masks {
    let connectivity: Connectivity
    let layers: [Tensor]
    let direct: Tensor

    /// - Parameter type: Those in use are real numbers, which weights are multiplied by: that is many
    ///   times faster than filling by a mask of truths. Others wait in a quarter of the memory.
    init(_ connectivity: Connectivity, as type: ElementType = .float32) {
      self.connectivity = connectivity
      layers = connectivity.connections.map { $0.cast(to: type) }
      direct = connectivity.directConnections.cast(to: type)
    }
  }

  /// Weights with zeros where masks block, and biases with what connectivity weights add.
  func maskedLayers(_ masks: Masks) -> [(weight: Tensor, bias: Tensor)] {
    weights.indices.map { index in
      let mask = masks.layers[index].cast(to: weights[index].value.elementType)
      let weight = weights[index].value * mask
      guard !connectivityWeights.isEmpty else { return (weight, biases[index].value) }
      let told = (connectivityWeights[index].value * mask).sum(along: 1)
      return (weight, biases[index].value + told)
    }
  }

  func maskedDirect(_ masks: Masks) -> Tensor? {
    directWeights.map { $0.value * masks.direct.cast(to: $0.value.elementType) }
  }
}
