import Foundation
import Tensors

/// NumPy's own files: `.npy` for one array, `.npz` for several by name.
///
/// ```swift
/// let archive = try NumPy.readArchive(from: url)
/// let weights = archive["weights"]!  // [784, 500], float64
/// try NumPy.write(weights.cast(to: .float32), to: folder.appending(path: "weights.npy"))
/// ```
///
/// Elements keep their type. Unsigned integers of 2 and 4 bytes, which libtorch does not have, are
/// read as the next wider signed type; those of 8 bytes as `int64`, if they fit.
public enum NumPy {
  /// The array of a `.npy` file (versions 1 to 3, either byte order, C or Fortran order).
  ///
  /// - Throws: ``FileError`` when the file is missing, of another format or type, shorter or longer
  ///   than its header promises.
  public static func read(from url: URL) throws -> Tensor {
    try array(in: FileBytes(OpenFile(url)))
  }

  /// What the array of a `.npy` file is like, whose elements are never all in memory.
  ///
  /// - Throws: ``FileError`` as ``read(from:)``.
  public static func summary(of url: URL) throws -> ArraySummary {
    try summary(in: FileBytes(OpenFile(url)))
  }

  static func summary(in source: any ByteSource) throws -> ArraySummary {
    let header = try NumPyHeader(from: source)
    let type = header.type
    return try ArraySummary(
      source,
      type.elementType,
      header.shape,
      bytesPerElement: type.storedByteCount
    ) {
      try type.elements([$0], from: source)
    }
  }

  /// Writes a `.npy` file (version 1, this machine's byte order, C order).
  ///
  /// - Throws: ``FileError`` when NumPy does not have the element type (bfloat16) or the file
  ///   cannot be written.
  public static func write(_ tensor: Tensor, to url: URL) throws {
    let header = try header(of: tensor, in: url)
    try NewFile.write(to: url) { file in
      try file.append(header)
      try tensor.withUnsafeBytes(file.append)
    }
  }

  /// The array of a `.npy` file that is in memory, and nothing behind it.
  ///
  /// - Parameter name: What errors call it.
  package static func read(_ bytes: [UInt8], named name: String) throws -> Tensor {
    try array(in: MemoryBytes(bytes, URL(fileURLWithPath: name)))
  }

  /// The bytes of a `.npy` file, as ``write(_:to:)`` writes them.
  package static func bytes(of tensor: Tensor) throws -> [UInt8] {
    let header = try header(of: tensor, in: URL(fileURLWithPath: "array.npy"))
    return tensor.withUnsafeBytes { header + $0 }
  }

  /// The array that a source holds, and that fills it.
  static func array(in source: any ByteSource) throws -> Tensor {
    let header = try NumPyHeader(from: source)
    let shape = header.isFortranOrdered ? header.shape.reversed() : header.shape
    let tensor = try header.type.elements(shape, from: source)
    try source.requireEnd()
    guard header.isFortranOrdered, shape.count > 1 else { return tensor }
    return tensor.permuted(to: Array(shape.indices.reversed())).contiguous
  }

  static func header(of tensor: Tensor, in url: URL) throws -> [UInt8] {
    guard let type = NumPyType.text(for: tensor.elementType) else {
      throw FileError(
        url,
        "NumPy files cannot hold elements of type \(tensor.elementType)",
        "cast to float32 first"
      )
    }
    return NumPyHeader.bytes(type: type, shape: tensor.shape)
  }
}
