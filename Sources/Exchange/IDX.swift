import Foundation
import Tensors

/// The format of the MNIST family: a type, a shape and big-endian elements, plain or with gzip.
///
/// Four bytes (0, 0, type, number of axes), the length of each axis in four bytes, the elements in
/// row-major order (LeCun, Cortes & Burges, *The MNIST database*, 1998).
///
/// ```swift
/// let images = try IDX.read(from: folder.appending(path: "train-images-idx3-ubyte.gz"))
/// print(images.shape)  // [60000, 28, 28]
/// ```
public enum IDX {
  private static let types: [(code: UInt8, type: ElementType)] = [
    (0x08, .uint8), (0x09, .int8), (0x0B, .int16), (0x0C, .int32), (0x0D, .float32),
    (0x0E, .float64),
  ]

  /// The elements of a file, in the type and shape that it says.
  ///
  /// - Throws: ``FileError`` when the file is missing, of another format, shorter or longer than
  ///   its header promises, or damaged.
  public static func read(from url: URL) throws -> Tensor {
    let (source, type, shape) = try opened(url)
    let tensor = try source.elements(shape, type, isBigEndian: true)
    try source.requireEnd()
    return tensor
  }

  /// What the array of a file is like, whose elements are never all in memory.
  ///
  /// - Throws: ``FileError`` as ``read(from:)``.
  public static func summary(of url: URL) throws -> ArraySummary {
    let (source, type, shape) = try opened(url)
    return try ArraySummary(source, type, shape, bytesPerElement: type.byteCount) {
      try source.elements([$0], type, isBigEndian: true)
    }
  }

  /// A file, read up to its elements.
  private static func opened(
    _ url: URL
  ) throws -> (source: any ByteSource, type: ElementType, shape: [Int]) {
    let source = try FileBytes.opening(url)
    let magic = try source.header(4, "the header")
    guard magic[0] == 0, magic[1] == 0, let type = types.first(where: { $0.code == magic[2] })?.type
    else {
      throw FileError(
        url,
        at: .byte(0),
        "this is not an IDX file: it starts with the bytes \(magic)",
        "give a file whose name ends in -ubyte or -ubyte.gz"
      )
    }
    let lengths = try source.header(4 * Int(magic[3]), "the header")
    let shape = (0..<Int(magic[3])).map { axis in
      lengths[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    return (source, type, shape)
  }

  /// Writes a tensor; with gzip when the name ends in `.gz`.
  ///
  /// - Throws: ``FileError`` when the format does not have the element type, an axis is too long
  ///   for it, or the file cannot be written.
  public static func write(_ tensor: Tensor, to url: URL) throws {
    guard let code = types.first(where: { $0.type == tensor.elementType })?.code else {
      throw FileError(
        url,
        "IDX files cannot hold elements of type \(tensor.elementType)",
        "cast to \(types.map { "\($0.type)" }.joined(separator: ", ")) first"
      )
    }
    let shape = tensor.shape
    guard shape.count < 256, shape.allSatisfy({ $0 < 1 << 32 }) else {
      throw FileError(url, "IDX files cannot hold the shape \(shape)", "write a NumPy file instead")
    }
    var header = [0, 0, code, UInt8(shape.count)]
    for length in shape {
      header += (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
    }
    let ordered = hostIsBigEndian ? tensor : tensor.withBytesSwapped
    try NewFile.write(to: url) { file in
      guard url.pathExtension == "gz" else {
        try file.append(header)
        return try ordered.withUnsafeBytes(file.append)
      }
      let packed = DeflatingWriter(.gzip, to: file.append)
      try header.withUnsafeBytes(packed.append)
      try ordered.withUnsafeBytes(packed.append)
      try packed.finish()
    }
  }
}
