import Networks
import Tensors

/// A small network in place of a posterior predictive: probabilities of classes (its outputs are
/// logits), or means.
public struct PredictiveNetwork: Module {
  public let body: MLP
  /// Probabilities or means.
  public let quantity: PredictedQuantity

  public init(_ body: MLP, _ quantity: PredictedQuantity) {
    precondition(quantity != .densities, "PredictiveNetwork: a network gives no densities")
    self.body = body
    self.quantity = quantity
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { body(input, pass) }
}

extension PredictiveNetwork: CustomStringConvertible {
  public var description: String {
    if quantity == .means { return "E[y | x] = \(body.expression) \(body.widthsText)" }
    return body.widths.last == 1
      ? "P(y = 1 | x) = σ(\(body.expression)) \(body.widthsText)"
      : "P(y | x) = softmax(\(body.expression)) \(body.widthsText)"
  }
}

extension PredictiveNetwork: Codable {
  private enum CodingKeys: CodingKey { case family, quantity, network, formula }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode("network", forKey: .family)
    try container.encode(quantity, forKey: .quantity)
    try container.encode(EncodedNetwork(body), forKey: .network)
    try container.encode(description, forKey: .formula)
  }

  /// - Throws: `DecodingError`, or ``PredictiveError`` when the numbers do not fit together.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let quantity = try container.decode(PredictedQuantity.self, forKey: .quantity)
    try container.require(quantity != .densities, .quantity, "a network gives no densities")
    self.init(try container.decode(EncodedNetwork.self, forKey: .network).network(), quantity)
  }
}
