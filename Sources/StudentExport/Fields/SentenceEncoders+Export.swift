import Language
import Networks
import Tensors

/// From the ids of a sentence's tokens, `[length]`, −1 behind the last one, to its embedding.
extension StaticEncoder: Exportable {
  public func append(to graph: inout StudentGraph) throws {
    let ids = try graph.padded()
    let embedded = graph.embed(try graph.numbers(table.weight), table.weight.shape[0], of: ids)
    let weights =
      try importance.map { try graph.numbers(Parameter($0.weight.value.exponential)) }
      ?? [Float](repeating: 1, count: table.weight.shape[0])
    graph.average(embedded, weightedBy: graph.embed(weights, weights.count, of: ids))
    if let projection { try graph.append(projection) }
  }
}

/// The same of a transformer, which is of the length of the graph.
extension SentenceTransformer: Exportable {
  public func append(to graph: inout StudentGraph) throws {
    let ids = try graph.padded()
    let (length, entries) = (graph.shape(of: ids).count, table.weight.shape[0])
    guard length <= positions.shape[0] else {
      throw ExportError(
        "a transformer of sentences of \(positions.shape[0]) tokens cannot be exported for \(length)"
      )
    }
    let isThere = graph.embed([Float](repeating: 1, count: entries), entries, of: ids)
    var value = graph.embed(try graph.numbers(table.weight), entries, of: ids)
    let places = Parameter(positions.value[0..<length])
    value = graph.add(.shift(try graph.numbers(places)), [value], graph.shape(of: value))
    for layer in layers { value = try graph.append(encoder: layer, to: value, weightedBy: isThere) }
    graph.average(try graph.append(norm, to: value), weightedBy: isThere)
    try graph.append(projection)
  }
}

extension StudentGraph {
  /// The ids from 1 on: padding, −1, becomes 0.
  fileprivate mutating func padded() throws -> Int {
    let shape = shape(of: output)
    guard inputShape.count == 1, output == 0 else {
      throw ExportError("an encoder of sentences takes [length] ids of tokens, not \(inputShape)")
    }
    return add(.shift([Float](repeating: 1, count: shape.count)), [output], shape)
  }

  /// A row of a table for each id, and zeros for padding.
  fileprivate mutating func embed(_ rows: [Float], _ entries: Int, of ids: Int) -> Int {
    let width = rows.count / entries
    let padding = [Float](repeating: 0, count: width)
    return add(
      .embedding(entries: entries + 1, weights: padding + rows),
      [ids],
      Shape(channels: width, width: shape(of: ids).count, isSequence: true)
    )
  }

  fileprivate mutating func average(_ value: Int, weightedBy weights: Int) {
    end(with: add(.mean, [value, weights], Shape(channels: shape(of: value).channels)))
  }
}
