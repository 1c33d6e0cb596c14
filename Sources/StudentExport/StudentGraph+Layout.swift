import Foundation
import StudentRuntime

extension StudentGraph {
  /// The numbers of an answer.
  var outputCount: Int { ending == .sigmoidPair ? 2 : logitCount }

  /// How values lie where they are not laid out for `StudentRuntime`.
  enum Layout {
    /// `[batch, features]`.
    case features
    /// `[batch, length, features]`.
    case sequence
    /// `[batch, channels, height, width]`.
    case image
  }

  /// The layout of each value.
  func layouts() -> [Layout] {
    let first: Layout = [.features, .sequence, .image][inputShape.count - 1]
    return operations.reduce(into: [first]) { layouts, operation in
      switch operation.kind {
      case .linear, .flatten, .mean, .bernoulli, .normalDensity: layouts.append(.features)
      case .rows where !operation.shape.isSequence: layouts.append(.features)
      case _ where operation.shape.isSequence: layouts.append(.sequence)
      default:
        let isFlat = operation.inputs.contains { layouts[$0] == .features }
        layouts.append(isFlat ? .features : .image)
      }
    }
  }

  /// Whether a value is an image of more than one pixel.
  func hasPixels(_ value: Int) -> Bool {
    let shape = shape(of: value)
    return !shape.isSequence && shape.count > shape.channels
  }

  /// A value's shape without the batch.
  func lengths(of value: Int, _ layout: Layout) -> [Int] {
    let shape = shape(of: value)
    return switch layout {
    case .features: [shape.count]
    case .sequence: [shape.width, shape.channels]
    case .image: [shape.channels, shape.height, shape.width]
    }
  }

  /// How means and deviations are laid out beside a batch of inputs.
  var scalingShape: [Int] {
    mean.count == 1 || inputShape.count < 3 ? [mean.count] : [mean.count, 1, 1]
  }

  /// Class names, as a JSON array, and provenance, for formats that keep text by name.
  func textualFacts() throws -> [String: String] {
    var facts = provenance
    if !classes.isEmpty { facts["classes"] = try Self.json(classes) }
    return facts
  }

  /// Text as JSON, which programs in Python may hold as it is.
  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}

extension StudentGraph.Operation {
  /// What is done to the result; a NADE's activation is that of its hidden units.
  var ownActivation: StudentActivation {
    if case .nade = kind { .identity } else { activation }
  }

  /// Whether it is a convolution over the positions of a sequence.
  var isAlongSequence: Bool {
    if case .convolution = kind { shape.isSequence && !isPointwise } else { false }
  }

  /// Whether it has weights of positions beside its first input.
  var isWeighted: Bool {
    switch kind {
    case .attention, .mean: inputs.count == 2
    default: false
    }
  }

  /// Whether it reads a sequence as positions even where it gives features.
  var readsPositions: Bool {
    switch kind {
    case .mean, .rows, .normalDensity: true
    default: false
    }
  }

  /// Whether it is a convolution of every channel by itself.
  var isChannelwise: Bool {
    guard case .convolution(let window, let weights, _) = kind else { return false }
    return window.groups > 1 && window.groups == shape.channels
      && weights.count == window.groups * window.height * window.width
  }

  /// Whether it is a factor and a summand for each channel, written as a convolution.
  var isPointwise: Bool {
    guard case .convolution(let window, let weights, _) = kind else { return false }
    return window == StudentGraph.Window(groups: shape.channels) && weights.count == shape.channels
  }

  /// How a factor and a summand for each channel lie beside a batch of values.
  func channelShape(_ layout: StudentGraph.Layout) -> [Int] {
    layout == .image ? [shape.channels, 1, 1] : [shape.channels]
  }
}
