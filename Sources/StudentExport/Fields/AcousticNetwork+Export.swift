import Networks
import Speech

/// From the features of an utterance, `[frames, features]`, to the logits of the classes of each frame
/// that its convolutions leave, one frame after another.
extension AcousticNetwork: Exportable {
  public func append(to graph: inout StudentGraph) throws {
    for part in layers.flatMap(\.layers) {
      switch part {
      case let layer as Convolution1D: try graph.appendAlongSequence(layer)
      case let layer as BatchNorm: graph.end(with: try graph.append(layer, to: graph.output))
      default: try graph.append(part)
      }
    }
    if let recurrence { try graph.append(recurrence) }
    try graph.append(output)
    try graph.append(Flatten())
  }
}

extension StudentGraph {
  /// Appends a convolution over the positions of a sequence, whose features are its channels.
  fileprivate mutating func appendAlongSequence(_ layer: Convolution1D) throws {
    guard shape(of: output).isSequence else {
      throw ExportError(
        "inputs of shape \(inputShape) are no sequence: give [length, features] to a network that "
          + "convolves along time"
      )
    }
    let window = Window(
      width: layer.weight.shape[2],
      strideRight: layer.stride,
      paddingLeft: layer.padding,
      groups: layer.groups,
      dilationRight: layer.dilation
    )
    end(with: try convolve(window, layer.weight, layer.bias, layer, output))
  }
}
