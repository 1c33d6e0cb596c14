import Foundation
import Networks
import Tensors

/// Checkpoints: parameters, velocities and persistent chains, in one safetensors file.
extension RBMTrainer {
  private static let names = [
    "weights", "visible_bias", "hidden_bias", "weights_velocity", "visible_velocity",
    "hidden_velocity",
  ]

  /// Everything that later updates depend on, besides the settings.
  private var identity: [String: String] {
    ["format": "distill RBM checkpoint 1", "seed": "\(seed)"]
  }

  /// Writes a checkpoint; the file is replaced only once the new one is complete.
  ///
  /// - Throws: ``GenerativeError`` when parameters are not finite or the file cannot be written; a
  ///   checkpoint that was there is then kept.
  public func save(to file: URL) throws {
    guard parameters.allSatisfy(\.isAllFinite) else {
      throw GenerativeError(
        "the weights are not finite after update \(updates): no checkpoint was written; lower the "
          + "learning rate"
      )
    }
    var tensors = Dictionary(uniqueKeysWithValues: zip(Self.names, parameters))
    tensors["chains"] = chains
    var metadata = identity
    metadata["updates"] = "\(updates)"
    do {
      try Safetensors.write(tensors, metadata: metadata, to: file)
    } catch {
      throw GenerativeError("no checkpoint after update \(updates): \(error)")
    }
  }

  /// Goes back to a checkpoint: the next updates are those that would have followed it, bit for bit.
  ///
  /// - Throws: ``GenerativeError`` when the file is not a checkpoint of such a machine. Nothing is
  ///   changed then.
  public func restore(from file: URL) throws {
    let (tensors, metadata) = try Safetensors.read(from: file)
    func refused(_ reason: String) -> GenerativeError {
      GenerativeError("cannot go on from '\(file.path)': \(reason)")
    }
    for (what, mine) in identity.sorted(by: { $0.key < $1.key }) where metadata[what] != mine {
      throw refused("its \(what) is \(metadata[what] ?? "missing"), here \(mine)")
    }
    guard let made = metadata["updates"]?.savedCount else {
      throw refused("it does not say how many updates it holds")
    }
    for (name, own) in zip(Self.names, parameters) {
      guard let tensor = tensors[name], tensor.shape == own.shape,
        tensor.elementType == own.elementType, tensor.isAllFinite
      else {
        throw refused(
          "'\(name)' is missing, not finite, or of another shape than \(own.shape)"
        )
      }
    }
    let saved = tensors["chains"]
    guard saved?.shape == chains?.shape, saved?.elementType == chains?.elementType,
      saved.map({ $0.maximum().scalar(Int.self) <= 1 }) ?? true
    else {
      throw refused("its persistent chains are others than here")
    }
    replace(Self.names.map { tensors[$0]! }, chains: saved, updates: made)
  }
}
