import Networks
import StudentRuntime
import Tensors

/// A trained network as what runs it anywhere needs: operations with their numbers, input scaling,
/// class names and provenance.
///
/// Batch normalisation is folded into the layer before it, and dropout is gone.
///
/// ```swift
/// var graph = try StudentGraph(student, shape: [784])
/// graph.classes = (0..<10).map { "class \($0)" }
/// graph.ending = .softmax
/// let parity = try graph.write(.runtime, to: url, comparedWith: { student($0) }, on: images)
/// ```
public struct StudentGraph {
  /// Channels, height and width; features have height and width 1. A sequence has its features as
  /// channels and its length as width.
  public struct Shape: Equatable, Sendable {
    public var channels: Int
    public var height = 1
    public var width = 1
    public var isSequence = false

    public var count: Int { channels * height * width }
  }

  /// How a window moves over an image.
  public struct Window: Equatable, Sendable {
    public var height = 1
    public var width = 1
    public var strideDown = 1
    public var strideRight = 1
    public var paddingTop = 0
    public var paddingLeft = 0
    public var groups = 1
    /// From one place of the window to the next.
    public var dilationDown = 1
    public var dilationRight = 1
  }

  public enum Kind: Equatable, Sendable {
    /// Weights as PyTorch lays them out, `[outputs, inputs]`, inputs `[channels, height, width]`.
    case linear(weights: [Float], biases: [Float])
    /// Weights `[filters, channels / groups, height, width]`. The window slides over an image, or, of
    /// height 1, over the positions of a sequence.
    case convolution(Window, weights: [Float], biases: [Float])
    case maxPool(Window)
    case meanPool(Window)
    case sum
    /// Probabilities of as many runs of features as there are groups.
    case softmax(groups: Int)
    /// log q of a NADE; the activation is what its hidden units do.
    case nade(NADENumbers)
    /// `linear` at each position of a sequence.
    case positionwise(weights: [Float], biases: [Float])
    /// (x − mean)/√(variance + ε)·weight + bias over the features of each position.
    case layerNorm(weights: [Float], biases: [Float], epsilon: Float)
    /// Attention of a sequence to itself, of queries, keys and values that lie side by side. With a
    /// second input, weights of the positions, those whose weight is 0 are not heard.
    case attention(heads: Int, isCausal: Bool)
    case recurrence(RecurrenceNumbers)
    /// Rows of a table `[entries, features]`, for whole numbers from 0.
    case embedding(entries: Int, weights: [Float])
    /// A summand for each number, positions one after another.
    case shift([Float])
    /// A sequence as features, one position after another.
    case flatten
    /// Pixels of an image, or runs of features, as the positions of a sequence.
    case sequence
    /// The mean over the positions of a sequence. With a second input, weights w of the positions, it is
    /// Σ w x / Σ w, and 0 where all weights are.
    case mean
    /// Every pixel of an image so many times, side by side and one below the other.
    case upsample(Int)
    /// The positions of two sequences, one after the other.
    case join
    /// log P of the first input, bits x, by the second, their logits z: Σ x z − softplus(z).
    case bernoulli
    /// A sequence of what is known before each of the features.
    case prefixes(PrefixNumbers)
    /// Linear functions of each position of a sequence; features where each gives one number.
    case rows(RowNumbers)
    /// log of the density of the first input, each feature by a mixture of normal distributions: of the
    /// second, a sequence of logits, means and logarithms of deviations. A constant is added.
    case normalDensity(constant: Float)
    /// log(exp(a) + exp(b)) of two inputs.
    case logSum
  }

  /// An operation on values: 0 is the scaled input, `i + 1` what operation `i` gives.
  public struct Operation: Equatable, Sendable {
    public var kind: Kind
    public var inputs: [Int]
    public var shape: Shape
    public var activation = StudentActivation.identity
  }

  /// The shape of one input, `[features]`, `[length, features]` or `[channels, height, width]`.
  public let inputShape: [Int]
  public private(set) var operations: [Operation] = []
  /// Which value is the answer.
  public private(set) var output = 0
  /// (x − mean) / deviation comes first: one of each for all numbers, one for each channel, or none.
  public var mean: [Float] = []
  public var deviation: [Float] = []
  public var ending = StudentEnding.values
  public var classes: [String] = []
  public var provenance: [String: String] = [:]

  /// Values that a sum needs as they are.
  var kept: Set<Int> = []

  /// - Parameters:
  ///   - network: Built of our layers: `MLP`, `ConvolutionalNetwork`, `TransformerNetwork`, the networks
  ///     of Vision, Speech and Language, or a `Sequential` of linear layers, convolutions, batch normalisation, pools, activations and residual
  ///     blocks; of sequences also embeddings, LSTMs, GRUs, attention, encoder layers and layer
  ///     normalisation.
  ///   - shape: Of one input; the numbers of tokens are features.
  /// - Throws: ``ExportError`` for a layer that has no such form, or weights that are not finite.
  public init(_ network: any Module, shape: [Int]) throws {
    guard (1...3).contains(shape.count), shape.allSatisfy({ $0 > 0 }) else {
      throw ExportError(
        "inputs of shape \(shape) cannot be exported: give [features], [length, features] or images"
      )
    }
    inputShape = shape
    output = try append(network, to: 0)
    guard !operations.isEmpty else { throw ExportError("the network has no layers") }
  }

  /// Gives the sigmoid of every number, such as the probabilities of labels that do not exclude each other.
  ///
  /// - Throws: ``ExportError`` when the last layer has an activation of its own.
  public mutating func endInSigmoid() throws {
    guard output > 0, operations[output - 1].activation == .identity else {
      throw ExportError("the network ends in an activation, and a sigmoid was to follow it")
    }
    operations[output - 1].activation = .sigmoid
  }

  /// Gives probabilities of as many runs of numbers, all of one length.
  public mutating func endInSoftmax(groups: Int) throws {
    guard groups > 0, logitCount % groups == 0 else {
      throw ExportError("\(logitCount) numbers cannot be divided into \(groups) alike")
    }
    output = add(.softmax(groups: groups), [output], Shape(channels: logitCount))
  }

  /// A graph of features without operations yet.
  init(features: Int) { inputShape = [features] }

  /// Appends an operation on the last value, whose result is the answer until another follows.
  mutating func append(
    _ kind: Kind,
    outputs: Int,
    _ activation: StudentActivation = .identity
  ) throws {
    switch kind {
    case .linear(let weights, let biases): try Self.check(weights + biases)
    default: break
    }
    output = add(kind, [output], Shape(channels: outputs))
    operations[output - 1].activation = activation
  }

  /// Makes a value the answer.
  mutating func end(with value: Int) { output = value }

  /// Appends a network after the last value; what it gives is the answer until more follows.
  ///
  /// - Throws: ``ExportError`` for a layer that has no exported form and is not ``Exportable``.
  public mutating func append(_ network: any Module) throws {
    output = try append(network, to: output)
  }

  /// The shape of a value.
  public func shape(of value: Int) -> Shape {
    guard value == 0 else { return operations[value - 1].shape }
    return switch inputShape.count {
    case 1: Shape(channels: inputShape[0])
    case 2: Shape(channels: inputShape[1], width: inputShape[0], isSequence: true)
    default: Shape(channels: inputShape[0], height: inputShape[1], width: inputShape[2])
    }
  }

  /// The network's outputs, before the ending.
  public var logitCount: Int { shape(of: output).count }

  mutating func append(_ module: any Module, to value: Int) throws -> Int {
    if let result = try append(transformer: module, to: value) { return result }
    if let result = try append(sequential: module, to: value) { return result }
    switch module {
    case let own as any Exportable:
      output = value
      try own.append(to: &self)
      return output
    case let network as MLP:
      var value = value
      for (index, layer) in network.layers.enumerated() {
        value = try append(layer, to: value)
        if index < network.layers.count - 1 { value = append(network.activation, to: value) }
      }
      return value
    case let network as ConvolutionalNetwork:
      // Flat inputs are images to it.
      guard inputShape == network.specification.input else {
        throw ExportError("\(network.specification) takes other inputs than \(inputShape)")
      }
      return try append(network.layers, to: value)
    case let layers as Sequential:
      return try layers.layers.reduce(value) { try append($1, to: $0) }
    case is Dropout: return value
    case let layer as Flatten:
      guard layer.first == 1 else { throw unknown(layer) }
      return value
    case let layer as Linear: return try append(layer, to: value)
    case let layer as Convolution2D: return try append(layer, to: value)
    case let layer as BatchNorm: return try append(layer, to: value)
    case let function as Activation: return append(function, to: value)
    case let block as Residual: return try append(block, to: value)
    case let layer as MaxPool:
      return try append(Kind.maxPool, layer.size, layer.stride, layer.padding, layer, to: value)
    case let layer as AveragePool:
      return try append(Kind.meanPool, layer.size, layer.stride, layer.padding, layer, to: value)
    case let layer as AdaptiveAveragePool where layer.lengths == [1, 1]:
      let shape = shape(of: value)
      let window = Window(height: shape.height, width: shape.width)
      return add(.meanPool(window), [value], Shape(channels: shape.channels))
    default: throw unknown(module)
    }
  }

  mutating func add(
    _ kind: Kind,
    _ inputs: [Int],
    _ shape: Shape,
    _ activation: StudentActivation = .identity
  ) -> Int {
    operations.append(
      Operation(kind: kind, inputs: inputs, shape: shape, activation: activation)
    )
    return operations.count
  }

  private mutating func append(_ layer: Linear, to value: Int) throws -> Int {
    let (outputs, inputs) = (layer.weight.shape[0], layer.weight.shape[1])
    guard shape(of: value).count == inputs else {
      throw ExportError("a linear layer takes \(inputs) numbers and \(shape(of: value).count) come")
    }
    let kind = Kind.linear(
      weights: try numbers(layer.weight),
      biases: try layer.bias.map(numbers) ?? [Float](repeating: 0, count: outputs)
    )
    return add(kind, [value], Shape(channels: outputs))
  }

  private mutating func append(_ layer: Convolution2D, to value: Int) throws -> Int {
    let size = layer.weight.shape
    let window = Window(
      height: size[2],
      width: size[3],
      strideDown: layer.stride.height,
      strideRight: layer.stride.width,
      paddingTop: layer.padding.height,
      paddingLeft: layer.padding.width,
      groups: layer.groups,
      dilationDown: layer.dilation.height,
      dilationRight: layer.dilation.width
    )
    return try convolve(window, layer.weight, layer.bias, layer, value)
  }

  /// Appends a convolution of an image, or, where the window has height 1, of a sequence.
  mutating func convolve(
    _ window: Window,
    _ weight: Parameter,
    _ bias: Parameter?,
    _ layer: any Module,
    _ value: Int
  ) throws -> Int {
    let (shape, size) = (shape(of: value), weight.shape)
    guard window.paddingTop < window.reach.height, window.paddingLeft < window.reach.width else {
      throw unknown(layer)
    }
    guard shape.channels == size[1] * window.groups, let result = window.over(shape, size[0]) else {
      throw ExportError("a convolution of \(size) does not fit what comes to it")
    }
    let kind = Kind.convolution(
      window,
      weights: try numbers(weight),
      biases: try bias.map(numbers) ?? [Float](repeating: 0, count: size[0])
    )
    return add(kind, [value], result)
  }

  private mutating func append(
    _ kind: (Window) -> Kind,
    _ size: Int,
    _ stride: Int,
    _ padding: Int,
    _ layer: any Module,
    to value: Int
  ) throws -> Int {
    let window = Window(height: size, width: size, strideDown: stride, strideRight: stride)
    let shape = shape(of: value)
    guard padding == 0, let result = window.over(shape, shape.channels) else {
      throw unknown(layer)
    }
    return add(kind(window), [value], result)
  }

  mutating func append(_ layer: BatchNorm, to value: Int) throws -> Int {
    let shape = shape(of: value)
    let variance = try numbers(layer.runningVar)
    guard variance.count == shape.channels else { throw unknown(layer) }
    let (mean, scale, shift) = (
      try numbers(layer.runningMean), try layer.weight.map(numbers), try layer.bias.map(numbers)
    )
    let factors = variance.indices.map { channel in
      Double(scale?[channel] ?? 1) / (Double(variance[channel]) + layer.epsilon).squareRoot()
    }
    let shifts = variance.indices.map { channel in
      Double(shift?[channel] ?? 0) - Double(mean[channel]) * factors[channel]
    }
    guard canFuse(value), operations[value - 1].kind != .sum else {
      return pointwise(factors, shifts, value)
    }
    operations[value - 1].scale(by: factors, plus: shifts)
    return value
  }

  mutating func append(_ function: Activation, to value: Int) -> Int {
    let activation = StudentActivation(function)
    guard activation != .identity else { return value }
    var value = value
    if !canFuse(value) {
      let ones = [Double](repeating: 1, count: shape(of: value).channels)
      value = pointwise(ones, ones.map { _ in 0 }, value)
    }
    operations[value - 1].activation = activation
    return value
  }

  private mutating func append(_ block: Residual, to value: Int) throws -> Int {
    kept.insert(value)
    let body = try append(block.body, to: value)
    kept.insert(body)
    let short = try block.shortcut.map { try append($0, to: value) } ?? value
    guard shape(of: body) == shape(of: short) else {
      throw ExportError("a residual block adds values of two shapes")
    }
    return add(.sum, [short, body], shape(of: body))
  }

  /// Whether what follows may become part of the operation that gave a value.
  private func canFuse(_ value: Int) -> Bool {
    guard value > 0, !kept.contains(value) else { return false }
    let operation = operations[value - 1]
    return operation.activation == .identity && operation.kind.hasActivation
  }

  /// A factor and a summand for each channel, as a convolution of one pixel and one channel.
  private mutating func pointwise(_ factors: [Double], _ shifts: [Double], _ value: Int) -> Int {
    let kind = Kind.convolution(
      Window(groups: factors.count),
      weights: factors.map { Float($0) },
      biases: shifts.map { Float($0) }
    )
    return add(kind, [value], shape(of: value))
  }

  func numbers(_ parameter: Parameter) throws -> [Float] {
    let numbers = parameter.value.moved(to: .cpu).cast(to: .float32).scalars(Float.self)
    try Self.check(numbers)
    return numbers
  }

  static func check(_ numbers: [Float]) throws {
    guard numbers.allSatisfy(\.isFinite) else {
      throw ExportError("the weights hold NaN or infinity: export a network that works")
    }
  }

  func unknown(_ module: any Module) -> ExportError {
    ExportError("a layer \(type(of: module)) as it is set cannot be exported yet")
  }
}

extension StudentActivation {
  init(_ function: Activation) {
    // Both enumerations name the same functions.
    self.init(rawValue: UInt32(Activation.allCases.firstIndex(of: function)!))!
  }
}
