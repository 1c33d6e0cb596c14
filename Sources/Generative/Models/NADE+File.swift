import Foundation
import Networks
import Tensors

/// Files: safetensors with `weights`, `output_weights`, `hidden_bias` and `visible_bias`, and beside
/// them the text `units` and, unless inputs are taken as they come, `order`.
extension NADE: StoredModel {
  /// Reads a NADE that ``write(to:metadata:)`` wrote.
  ///
  /// - Throws: `WeightsError` when the file cannot be read, ``GenerativeError`` when it holds
  ///   something else than a NADE; one sentence that names the file.
  public init(contentsOf url: URL) throws {
    let (tensors, metadata) = try Safetensors.read(from: url)
    func refused(_ reason: String) -> GenerativeError {
      GenerativeError("'\(url.path)' holds no NADE: \(reason)")
    }
    func tensor(_ name: String, _ rank: Int) throws -> Tensor {
      guard let found = tensors[name] else {
        throw refused(
          "'\(name)' is missing among \(tensors.keys.sorted().joined(separator: ", "))"
        )
      }
      guard found.rank == rank, found.count > 0, found.elementType.isFloatingPoint else {
        throw refused("'\(name)' is \(found.elementType) of shape \(found.shape)")
      }
      let single = found.cast(to: .float32)
      guard single.absoluteSum < 1e9 else {
        throw refused("'\(name)' has numbers that are not finite, or adds up to 1e9 or more")
      }
      return single
    }
    let weights = try tensor("weights", 2)
    let outputWeights = try tensor("output_weights", 2)
    let hiddenBias = try tensor("hidden_bias", 1)
    let visibleBias = try tensor("visible_bias", 1)
    let (inputs, hidden) = (weights.shape[0], weights.shape[1])
    guard outputWeights.shape == [inputs, hidden], hiddenBias.shape == [hidden],
      visibleBias.shape == [inputs]
    else {
      throw refused(
        "output weights \(outputWeights.shape) and biases \(hiddenBias.shape) and "
          + "\(visibleBias.shape) do not belong to weights \(weights.shape)"
      )
    }
    guard let units = Units(rawValue: metadata["units"] ?? Units.logistic.rawValue) else {
      throw refused("there are no units '\(metadata["units"]!)'")
    }
    let order = metadata["order"].map { $0.split(separator: " ").compactMap { Int($0) } }
    guard order.map({ $0.sorted() == Array(0..<inputs) }) ?? true else {
      throw refused("its order is no permutation of the \(inputs) inputs")
    }
    self.init(
      weights: weights,
      outputWeights: outputWeights,
      hiddenBias: hiddenBias,
      visibleBias: visibleBias,
      units: units,
      order: order
    )
  }

  /// Writes the NADE, whole or not at all.
  ///
  /// - Parameter metadata: More text to keep beside the numbers.
  /// - Throws: `WeightsError` when it cannot be written.
  public func write(to url: URL, metadata: [String: String] = [:]) throws {
    var metadata = metadata
    metadata["model"] = "nade"
    metadata["units"] = units.rawValue
    if order != Array(0..<inputs) {
      metadata["order"] = order.map(String.init).joined(separator: " ")
    }
    let names = ["weights", "output_weights", "hidden_bias", "visible_bias"]
    let named = Dictionary(uniqueKeysWithValues: zip(names, tensors))
    try Safetensors.write(named, metadata: metadata, to: url)
  }
}
