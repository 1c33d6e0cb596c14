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
    func refused(_ reason: String) -> WeightsError {
      WeightsError("cannot read '\(url.path)' as safetensors: \(reason)")
    }
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
    guard let attributes, let size = (attributes[.size] as? NSNumber)?.intValue else {
      throw refused("there is no such file")
    }
    guard attributes[.type] as? FileAttributeType == .typeRegular else {
      throw refused("it is not a file")
    }
    guard let file = try? FileHandle(forReadingFrom: url) else {
      throw refused("it may not be opened")
    }
    defer { try? file.close() }
    func next(_ count: Int) throws -> Data {
      if count == 0 { return Data() }
      guard let data = try? file.read(upToCount: count), data.count == count else {
        throw refused("it ends too early")
      }
      return data
    }

    let beginning = try next(8)
    guard !beginning.starts(with: Data("PK\u{3}\u{4}".utf8)) else {
      throw refused(
        "it is a zip archive, such as torch.save writes; save the weights with "
          + "safetensors.torch.save_file"
      )
    }
    let length = beginning.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= 100_000_000, Int(length) <= size - 8 else {
      throw refused("its header claims \(length) bytes, and the file has \(size)")
    }
    let header: SafetensorsHeader
    do {
      header = try SafetensorsHeader(
        parsing: try next(Int(length)),
        dataBytes: size - 8 - Int(length)
      )
    } catch let failure as JSONValue.Failure {
      throw refused(failure.reason)
    }

    var tensors: [String: Tensor] = [:]
    for entry in header.entries {
      let data = try next(entry.bytes.count)
      guard entry.elementType != .bool || data.allSatisfy({ $0 <= 1 }) else {
        throw refused("tensor '\(entry.name)' holds truth values other than 0 and 1")
      }
      tensors[entry.name] = data.withUnsafeBytes {
        Tensor(copying: $0, shape: entry.shape, elementType: entry.elementType)
      }
    }
    return (tensors, header.metadata)
  }
}
