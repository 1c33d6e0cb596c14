import Foundation
import Tensors

/// The sizes of a BERT, as a `config.json` of the `transformers` package has them.
public struct BERTConfiguration: Hashable, Sendable, Codable {
  /// How many tokens there are.
  public var ids: Int
  /// The most tokens of a text.
  public var length: Int
  public var width: Int
  public var layers: Int
  public var heads: Int
  /// Units of the perceptron at each position.
  public var hidden: Int
  public var tokenTypes: Int
  public var epsilon: Double

  private enum CodingKeys: String, CodingKey {
    case ids = "vocab_size"
    case length = "max_position_embeddings"
    case width = "hidden_size"
    case layers = "num_hidden_layers"
    case heads = "num_attention_heads"
    case hidden = "intermediate_size"
    case tokenTypes = "type_vocab_size"
    case epsilon = "layer_norm_eps"
  }

  private enum KindKeys: String, CodingKey {
    case model = "model_type"
    case activation = "hidden_act"
    case positions = "position_embedding_type"
  }

  public init(
    ids: Int,
    length: Int,
    width: Int,
    layers: Int,
    heads: Int,
    hidden: Int,
    tokenTypes: Int = 2,
    epsilon: Double = 1e-12
  ) throws {
    (self.ids, self.length, self.width, self.layers) = (ids, length, width, layers)
    (self.heads, self.hidden, self.tokenTypes, self.epsilon) = (heads, hidden, tokenTypes, epsilon)
    try check()
  }

  public init(from decoder: any Decoder) throws {
    let kinds = try decoder.container(keyedBy: KindKeys.self)
    for (key, known) in [(KindKeys.model, "bert"), (.activation, "gelu"), (.positions, "absolute")]
    {
      let value = try kinds.decodeIfPresent(String.self, forKey: key) ?? known
      guard value == known else {
        throw LanguageError(
          "has \(key.rawValue) \(quoted(Array(value.utf8))), and only \(known) is read"
        )
      }
    }
    let sizes = try decoder.container(keyedBy: CodingKeys.self)
    func size(_ key: CodingKeys) throws -> Int { try sizes.decode(Int.self, forKey: key) }
    try self.init(
      ids: size(.ids),
      length: size(.length),
      width: size(.width),
      layers: size(.layers),
      heads: size(.heads),
      hidden: size(.hidden),
      tokenTypes: sizes.decodeIfPresent(Int.self, forKey: .tokenTypes) ?? 2,
      epsilon: sizes.decodeIfPresent(Double.self, forKey: .epsilon) ?? 1e-12
    )
  }

  /// A small file must not ask for more than a machine has.
  private func check() throws {
    let bounds: [(CodingKeys, Int, Int)] = [
      (.ids, ids, 1 << 24), (.length, length, 1 << 16), (.width, width, 1 << 14),
      (.layers, layers, 256), (.heads, heads, 1 << 10), (.hidden, hidden, 1 << 16),
      (.tokenTypes, tokenTypes, 1 << 10),
    ]
    for (key, value, most) in bounds where !(1...most ~= value) {
      throw LanguageError("has \(key.rawValue) \(value), which must be from 1 to \(most)")
    }
    guard width % heads == 0 else {
      throw LanguageError("has a hidden_size of \(width), which \(heads) heads do not divide")
    }
    guard epsilon > 0, epsilon < 1 else {
      throw LanguageError("has layer_norm_eps \(epsilon), which must be above 0 and below 1")
    }
  }
}
