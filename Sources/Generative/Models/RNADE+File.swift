import Foundation
import Tensors

extension RNADE: StoredModel {
  /// Reads an RNADE that ``write(to:metadata:)`` wrote.
  ///
  /// - Throws: `WeightsError` or ``GenerativeError``, one sentence that names the file.
  public init(contentsOf url: URL) throws {
    let file = try StudentFile(url, of: "rnade")
    let first = try file.matrix("weights")
    let mixture = try file.matrix("mixture_bias")
    guard mixture.columns % 3 == 0 else {
      throw file.refused("mixture biases of \(mixture.columns) columns are no three of a component")
    }
    self.init(
      inputs: first.rows,
      hidden: first.columns,
      components: mixture.columns / 3,
      order: try file.order(first.rows),
      using: RandomGenerator(seed: 0)
    )
    try file.load(into: self)
  }

  /// Writes the model, whole or not at all.
  ///
  /// - Parameter metadata: More text to keep beside the numbers.
  public func write(to url: URL, metadata: [String: String] = [:]) throws {
    try StudentFile.write(self, "rnade", metadata, to: url)
  }
}
