import Foundation
import Tensors

extension DeepNADE: StoredModel {
  /// Reads a deep NADE that ``write(to:metadata:)`` wrote.
  ///
  /// - Throws: `WeightsError` or ``GenerativeError``, one sentence that names the file.
  public init(contentsOf url: URL) throws {
    let file = try StudentFile(url, of: "deep-nade")
    let first = try file.matrix("input_weights")
    let layers = try file.layers(file.series("layers", ".weight"), from: first.rows)
    guard layers.last?.rows == first.columns else {
      throw file.refused("its last layer does not give \(first.columns) logits")
    }
    self.init(
      inputs: first.columns,
      hidden: [first.rows] + layers.dropLast().map(\.rows),
      activation: try file.activation(),
      order: try file.order(first.columns),
      using: RandomGenerator(seed: 0)
    )
    try file.load(into: self)
  }

  /// Writes the model, whole or not at all.
  ///
  /// - Parameter metadata: More text to keep beside the numbers.
  public func write(to url: URL, metadata: [String: String] = [:]) throws {
    let own = ["activation": activation.rawValue]
    try StudentFile.write(self, "deep-nade", metadata.merging(own) { $1 }, to: url)
  }
}
