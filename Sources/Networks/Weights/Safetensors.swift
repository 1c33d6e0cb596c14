import Foundation
import Tensors

/// Named tensors in one file, in the safetensors format: a length, a JSON header, the numbers.
///
/// The same tensors always give the same bytes.
public enum Safetensors {
  /// Writes tensors and, beside them, text by name.
  ///
  /// - Throws: ``WeightsError`` when the file cannot be written, in one sentence.
  public static func write(
    _ tensors: [String: Tensor],
    metadata: [String: String] = [:],
    to url: URL
  ) throws {
    // Wider elements first, so that every tensor starts at a multiple of its element's bytes.
    let ordered = tensors.sorted {
      ($1.value.elementType.byteCount, $0.key) < ($0.value.elementType.byteCount, $1.key)
    }
    let header = try SafetensorsHeader(ordered, metadata: metadata).text()
    do {
      try AtomicFile.write(to: url) { file in
        try withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { try file.append($0) }
        try file.append(header)
        for (_, tensor) in ordered { try tensor.withUnsafeBytes { try file.append($0) } }
      }
    } catch let error as POSIXError {
      throw WeightsError("cannot write '\(url.path)': \(error.reason)")
    }
  }

  /// Reads what ``write(_:metadata:to:)``, or another program, wrote.
  ///
  /// - Throws: ``WeightsError`` in one sentence when there is no such file, or it is not what its
  ///   header says.
  public static func read(
    from url: URL
  ) throws -> (tensors: [String: Tensor], metadata: [String: String]) {
    let file = try OpenSafetensors(url)
    let header = file.header
    var tensors: [String: Tensor] = [:]
    for entry in header.entries {
      let data = try file.next(entry.bytes.count)
      guard entry.elementType != .bool || data.allSatisfy({ $0 <= 1 }) else {
        throw file.refused("tensor '\(entry.name)' holds truth values other than 0 and 1")
      }
      tensors[entry.name] = data.withUnsafeBytes {
        Tensor(copying: $0, shape: entry.shape, elementType: entry.elementType)
      }
    }
    return (tensors, header.metadata)
  }
}
