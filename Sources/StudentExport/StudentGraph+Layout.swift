import Foundation
import StudentRuntime

extension StudentGraph {
  /// The numbers of an answer.
  var outputCount: Int { ending == .sigmoidPair ? 2 : logitCount }

  /// For each value whether it is a vector of features, `[batch, features]`, rather than images.
  func flatness() -> [Bool] {
    operations.reduce(into: [inputShape.count == 1]) { flat, operation in
      if case .linear = operation.kind { return flat.append(true) }
      flat.append(operation.inputs.contains { flat[$0] })
    }
  }

  /// How means and deviations are laid out beside a batch of inputs.
  var scalingShape: [Int] {
    mean.count == 1 || inputShape.count == 1 ? [mean.count] : [mean.count, 1, 1]
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
}
