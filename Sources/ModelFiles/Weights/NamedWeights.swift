import Exchange
import Foundation
import Networks
import Tensors

/// Tensors by name in the order of their file: safetensors, or what `torch.save` writes of a
/// `state_dict` (`.pt`, `.pth`), which is read without executing anything.
public struct NamedWeights {
  public let entries: [NamedTensor]
  /// Text that the file keeps beside them.
  public let metadata: [String: String]

  /// The endings of files of weights.
  public static let fileEndings = ["safetensors", "pt", "pth"]

  /// - Throws: `WeightsError` or `FileError`, one sentence each, when the file cannot be read or holds
  ///   more than tensors and plain containers.
  public init(contentsOf url: URL) throws {
    guard url.pathExtension.lowercased() != "safetensors" else {
      let content = try Safetensors.read(from: url)
      // The format keeps no order of its own.
      entries = content.tensors.sorted {
        $0.key.localizedStandardCompare($1.key) == .orderedAscending
      }.map { NamedTensor(name: $0.key, tensor: $0.value) }
      metadata = content.metadata
      return
    }
    metadata = [:]
    entries = try PickledWeights(url).entries
  }
}
