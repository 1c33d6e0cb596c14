import Exchange
import Foundation
import Networks
import Tensors

extension BERTEncoder {
  /// Reads `config.json` and `model.safetensors` of a folder, as the `transformers` package writes them.
  ///
  /// What pools or classifies behind the encoder is left out.
  ///
  /// - Throws: ``LanguageError`` or `WeightsError` in one sentence when a file is missing, damaged, or of
  ///   another network.
  public init(_ folder: URL) throws {
    let file = folder.appendingPathComponent("config.json")
    let configuration: BERTConfiguration
    do {
      configuration = try CarefulJSONDecoder().decode(
        BERTConfiguration.self,
        from: RegularFile.data(file, atMost: RegularFile.textLimit)
      )
    } catch let error as LanguageError {
      throw LanguageError("\(file.path) \(error)")
    } catch let error as DecodingError {
      throw LanguageError("\(file.path) is no configuration of a BERT (\(sentence(for: error)))")
    } catch let error as RunError {
      throw LanguageError(error.description)
    }
    let weights = folder.appendingPathComponent("model.safetensors")
    let tensors = try Safetensors.read(from: weights).tensors
    // Before anything is made that is as large as the file says.
    let reader = WeightReader(tensors: tensors, file: weights)
    let values = try reader.values(configuration)
    self.init(configuration, using: RandomGenerator(seed: 0))
    for (path, parameter) in namedParameters { parameter.replace(with: values[path]!) }
  }
}

/// Puts the weights that `transformers` names under the names that they have here.
private struct WeightReader {
  let tensors: [String: Tensor]
  let file: URL

  private func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
    guard let tensor = tensors[name] ?? tensors["bert.\(name)"] else {
      throw LanguageError("\(file.path) has no tensor \(name), which a BERT has")
    }
    guard tensor.shape == shape, tensor.elementType.isFloatingPoint else {
      throw LanguageError(
        "\(file.path) has \(name) of \(tensor.elementType) and shape \(tensor.shape), not \(shape) as "
          + "config.json says"
      )
    }
    return tensor.cast(to: .float32)
  }

  func values(_ own: BERTConfiguration) throws -> [String: Tensor] {
    let (width, hidden) = (own.width, own.hidden)
    var values: [String: Tensor] = [:]
    for (name, entries) in [
      ("word_embeddings", own.ids), ("position_embeddings", own.length),
      ("token_type_embeddings", own.tokenTypes),
    ] {
      values["\(name).weight"] = try tensor("embeddings.\(name).weight", [entries, width])
    }
    for part in ["weight", "bias"] {
      values["norm.\(part)"] = try tensor("embeddings.LayerNorm.\(part)", [width])
    }
    for index in 0..<own.layers {
      let (target, source) = ("layers.\(index)", "encoder.layer.\(index)")
      for part in ["weight", "bias"] {
        func shape(_ outputs: Int, _ inputs: Int) -> [Int] {
          part == "weight" ? [outputs, inputs] : [outputs]
        }
        let projections = try ["query", "key", "value"].map {
          try tensor("\(source).attention.self.\($0).\(part)", shape(width, width))
        }
        values["\(target).self_attn.in_proj_\(part)"] = .concatenated(projections)
        let others: [(String, String, [Int])] = [
          ("self_attn.out_proj", "attention.output.dense", shape(width, width)),
          ("norm1", "attention.output.LayerNorm", [width]),
          ("linear1", "intermediate.dense", shape(hidden, width)),
          ("linear2", "output.dense", shape(width, hidden)),
          ("norm2", "output.LayerNorm", [width]),
        ]
        for (name, other, shape) in others {
          values["\(target).\(name).\(part)"] = try tensor("\(source).\(other).\(part)", shape)
        }
      }
    }
    return values
  }
}
