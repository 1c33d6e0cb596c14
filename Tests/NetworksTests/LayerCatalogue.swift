import Tensors
import Testing

@testable import Networks

/// A layer as the tests see it: how it is made, what it takes, and what is true of it.
struct LayerCase: CustomTestStringConvertible, Sendable {
  /// As in `Tools/reference/networks.py`.
  let name: String
  let inputShape: [Int]
  var isTraining = false
  /// Whether examples are treated apart, so that batches may be split and permuted.
  var treatsExamplesApart = true
  let make: @Sendable (RandomGenerator) -> any Module

  var testDescription: String { name }

  /// An input of order 1, in Float64; integers for an embedding.
  func input(_ generator: RandomGenerator) -> Tensor {
    name.hasPrefix("Embedding")
      ? .randomIntegers(0..<7, inputShape, using: generator)
      : .normal(inputShape, .float64, using: generator)
  }

  /// The layer with every parameter of order 1, also those that start as 0 or 1.
  func scrambled(_ generator: RandomGenerator) -> any Module {
    let layer = make(generator)
    for parameter in layer.parameters {
      parameter.replace(with: .normal(parameter.shape, .float64, using: generator) / 2)
    }
    return layer
  }

  /// A new pass of the mode wanted. Dropout draws the same numbers each time.
  var pass: Pass { isTraining ? Pass(training: RandomGenerator(seed: 5)) : .evaluation }

  static let all = convolutions + pools + normalizations + sequences + others + activations

  private static let signal = [3, 4, 7]
  private static let image = [3, 4, 5, 4]

  private static let convolutions = [
    LayerCase(name: "Convolution1D", inputShape: signal) {
      Convolution1D(4, 6, size: 3, .float64, using: $0)
    },
    LayerCase(name: "Convolution1D strided", inputShape: signal) {
      Convolution1D(
        4,
        6,
        size: 3,
        stride: 2,
        padding: 2,
        dilation: 2,
        groups: 2,
        bias: false,
        .float64,
        using: $0
      )
    },
    LayerCase(name: "Convolution2D", inputShape: image) {
      Convolution2D(4, 6, size: 3, .float64, using: $0)
    },
    LayerCase(name: "Convolution2D strided", inputShape: image) {
      Convolution2D(
        4,
        6,
        size: [3, 2],
        stride: [2, 1],
        padding: [1, 2],
        dilation: [1, 2],
        groups: 2,
        bias: false,
        .float64,
        using: $0
      )
    },
    LayerCase(name: "TransposedConvolution2D", inputShape: image) {
      TransposedConvolution2D(4, 6, size: 3, .float64, using: $0)
    },
    LayerCase(name: "TransposedConvolution2D strided", inputShape: image) {
      TransposedConvolution2D(
        4,
        6,
        size: 3,
        stride: 2,
        padding: 1,
        outputPadding: 1,
        dilation: 2,
        groups: 2,
        bias: false,
        .float64,
        using: $0
      )
    },
  ]

  private static let pools = [
    LayerCase(name: "MaxPool", inputShape: signal) { _ in MaxPool(size: 3, stride: 2, padding: 1) },
    LayerCase(name: "MaxPool of images", inputShape: image) { _ in MaxPool(size: 2) },
    LayerCase(name: "AveragePool", inputShape: signal) { _ in
      AveragePool(size: 3, stride: 2, padding: 1)
    },
    LayerCase(name: "AveragePool of images", inputShape: image) { _ in AveragePool(size: 2) },
    LayerCase(name: "AdaptiveMaxPool", inputShape: signal) { _ in AdaptiveMaxPool(to: 4) },
    LayerCase(name: "AdaptiveMaxPool of images", inputShape: image) { _ in
      AdaptiveMaxPool(to: 3, 2)
    },
    LayerCase(name: "AdaptiveAveragePool", inputShape: signal) { _ in AdaptiveAveragePool(to: 4) },
    LayerCase(name: "AdaptiveAveragePool of images", inputShape: image) { _ in
      AdaptiveAveragePool(to: 3, 2)
    },
  ]

  private static let normalizations = [
    LayerCase(name: "BatchNorm", inputShape: [5, 4]) { _ in BatchNorm(4, .float64) },
    LayerCase(name: "BatchNorm of images", inputShape: image) { _ in BatchNorm(4, .float64) },
    LayerCase(
      name: "BatchNorm training",
      inputShape: [5, 4],
      isTraining: true,
      treatsExamplesApart: false
    ) { _ in BatchNorm(4, .float64) },
    LayerCase(
      name: "BatchNorm of images training",
      inputShape: image,
      isTraining: true,
      treatsExamplesApart: false
    ) { _ in BatchNorm(4, .float64) },
    LayerCase(
      name: "BatchNorm cumulative training",
      inputShape: [5, 4],
      isTraining: true,
      treatsExamplesApart: false
    ) { _ in BatchNorm(4, momentum: nil, .float64) },
    LayerCase(name: "LayerNorm", inputShape: [3, 4, 4]) { _ in LayerNorm(4, elementType: .float64)
    },
    LayerCase(name: "GroupNorm", inputShape: image) { _ in GroupNorm(groups: 2, 4, .float64) },
  ]

  private static let sequences = [
    LayerCase(name: "MultiHeadAttention", inputShape: [3, 4, 4]) {
      MultiHeadAttention(4, heads: 2, .float64, using: $0)
    },
    LayerCase(name: "MultiHeadAttention causal", inputShape: [3, 4, 4]) {
      MultiHeadAttention(4, heads: 2, bias: false, isCausal: true, .float64, using: $0)
    },
    LayerCase(name: "TransformerEncoderLayer", inputShape: [3, 4, 4]) {
      TransformerEncoderLayer(4, heads: 2, hidden: 6, activation: .gelu, .float64, using: $0)
    },
    LayerCase(name: "TransformerEncoderLayer post", inputShape: [3, 4, 4]) {
      TransformerEncoderLayer(4, heads: 2, hidden: 6, normalizesFirst: false, .float64, using: $0)
    },
    LayerCase(name: "LSTM", inputShape: [3, 4, 4]) { LSTM(4, 3, .float64, using: $0) },
    LayerCase(name: "LSTM stacked both ways", inputShape: [3, 4, 4]) {
      LSTM(4, 3, layers: 2, isBidirectional: true, .float64, using: $0)
    },
    LayerCase(name: "GRU", inputShape: [3, 4, 4]) { GRU(4, 3, .float64, using: $0) },
    LayerCase(name: "GRU stacked both ways", inputShape: [3, 4, 4]) {
      GRU(4, 3, layers: 2, isBidirectional: true, bias: false, .float64, using: $0)
    },
  ]

  private static let others = [
    LayerCase(name: "Linear", inputShape: [5, 4]) { Linear(4, 3, .float64, using: $0) },
    LayerCase(name: "Embedding", inputShape: [2, 3]) { Embedding(7, 3, .float64, using: $0) },
    LayerCase(name: "Flatten", inputShape: signal) { _ in Flatten() },
    LayerCase(name: "Residual", inputShape: [5, 4]) {
      Residual(
        Sequential(Linear(4, 3, .float64, using: $0), Activation.tanh),
        shortcut: Linear(4, 3, bias: false, .float64, using: $0)
      )
    },
    LayerCase(name: "Dropout training", inputShape: [5, 4], isTraining: true) { _ in
      Dropout(0.3)
    },
    LayerCase(name: "LSTM dropout training", inputShape: [3, 4, 4], isTraining: true) {
      LSTM(4, 3, layers: 2, dropout: 0.4, .float64, using: $0)
    },
    LayerCase(name: "MLP", inputShape: [5, 4]) {
      MLP([4, 6, 3], activation: .gelu, .float64, using: $0)
    },
  ]

  private static let activations = Activation.allCases.map { activation in
    LayerCase(name: activation.rawValue, inputShape: [3, 4]) { _ in activation }
  }
}
