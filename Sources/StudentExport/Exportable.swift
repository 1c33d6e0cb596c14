import Networks

/// A network, or a compact family, of one's own that can be exported: it says what it computes by
/// networks that are known.
///
/// ```swift
/// extension RiskScore: Exportable {
///   func append(to graph: inout StudentGraph) throws {
///     let layer = Linear(points.count, 1, using: RandomGenerator(seed: 1))
///     layer.weight.replace(with: Tensor([points.map { Float(Double($0) * each) }]))
///     layer.bias!.replace(with: Tensor([Float(base)]))
///     try graph.append(layer)
///     graph.ending = .sigmoidPair
///   }
/// }
/// ```
public protocol Exportable {
  /// Appends networks whose last result is the answer. A compact family also says how the graph ends:
  /// its answers are probabilities of classes, means, or the numbers of a mixture.
  ///
  /// - Throws: ``ExportError`` in one sentence where these numbers have no such form.
  func append(to graph: inout StudentGraph) throws
}
