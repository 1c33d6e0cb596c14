import Language
import Networks

/// From the tokens of a window of text, `[length]`, to the logits of the next token behind each of them,
/// one position after another.
extension SequenceModel: Exportable {
  public func append(to graph: inout StudentGraph) throws {
    for layer in [embedding, gru, head, Flatten()] as [any Module] { try graph.append(layer) }
  }
}
