import Networks

extension StudentGraph {
  /// Appends a transformer, or a layer of one; nil where a module is no such.
  mutating func append(transformer module: any Module, to value: Int) throws -> Int? {
    switch module {
    case let layer as TransformerEncoderLayer: try append(encoder: layer, to: value)
    case let network as TransformerNetwork: try append(network, to: value)
    default: nil
    }
  }

  private mutating func append(_ network: TransformerNetwork, to value: Int) throws -> Int {
    // Flat inputs are images to it.
    guard inputShape == network.specification.input else {
      throw ExportError("\(network.specification) takes other inputs than \(inputShape)")
    }
    var value = try append(pieces: network, to: value)
    value = add(.shift(try numbers(network.positions)), [value], shape(of: value))
    for layer in network.layers { value = try append(encoder: layer, to: value) }
    value = try append(network.norm, to: value)
    value = add(.mean, [value], Shape(channels: shape(of: value).channels))
    return try append(network.head, to: value)
  }

  /// The embedded pieces: those of an image are what windows side by side see.
  private mutating func append(pieces network: TransformerNetwork, to value: Int) throws -> Int {
    let (side, width) = (network.specification.piece, network.embedding.weight.shape[0])
    let pieces = network.positions.shape[0]
    guard inputShape.count == 3 else {
      let features = Shape(channels: side, width: pieces, isSequence: true)
      return try append(network.embedding, to: add(.sequence, [value], features))
    }
    let window = Window(height: side, width: side, strideDown: side, strideRight: side)
    guard let seen = window.over(shape(of: value), width) else { throw unknown(network) }
    let weights = try numbers(network.embedding.weight)
    let biases = try network.embedding.bias.map(numbers) ?? .init(repeating: 0, count: width)
    let embedded = add(.convolution(window, weights: weights, biases: biases), [value], seen)
    return add(.sequence, [embedded], Shape(channels: width, width: pieces, isSequence: true))
  }

  /// - Parameter weights: Of the positions: those of weight 0 are not heard. The default is all alike.
  mutating func append(
    encoder layer: TransformerEncoderLayer,
    to value: Int,
    weightedBy weights: Int? = nil
  ) throws -> Int {
    kept.insert(value)
    let isFirst = layer.normalizesFirst
    var heard = isFirst ? try append(layer.norm1, to: value) : value
    heard = try append(attention: layer.selfAttn, to: heard, weightedBy: weights)
    var sum = add(.sum, [value, heard], shape(of: value))
    if !isFirst { sum = try append(layer.norm1, to: sum) }
    kept.insert(sum)
    var hidden = isFirst ? try append(layer.norm2, to: sum) : sum
    for part in [layer.linear1, layer.activation, layer.linear2] as [any Module] {
      hidden = try append(part, to: hidden)
    }
    let result = add(.sum, [sum, hidden], shape(of: sum))
    return isFirst ? result : try append(layer.norm2, to: result)
  }
}
