import CZlib
import Foundation
import Tensors

/// Grey images and colours as PNG files (ISO/IEC 15948), which every viewer shows.
///
/// ```swift
/// try PNG.write(ImageSheet(samples, height: 28, width: 28).pixels, to: url)
/// ```
public enum PNG {
  /// The bytes of a file.
  ///
  /// - Parameter pixels: `[height, width]` or `[height, width, 3]`, `uint8`, from 0 (black) to 255.
  public static func bytes(_ pixels: Tensor) -> [UInt8] {
    let isColoured = pixels.rank == 3 && pixels.shape[2] == 3
    precondition(
      (pixels.rank == 2 || isColoured) && pixels.elementType == .uint8 && pixels.count > 0,
      "PNG.bytes: pixels of type \(pixels.elementType) and shape \(pixels.shape): must be uint8 "
        + "[height, width] or [height, width, 3], not empty"
    )
    let (height, width) = (pixels.shape[0], pixels.shape[1])
    var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    // Eight bits of grey or of each colour, not interlaced.
    let kind: UInt8 = isColoured ? 2 : 0
    append("IHDR", bigEndian(width) + bigEndian(height) + [8, kind, 0, 0, 0], to: &file)
    let length = isColoured ? 3 * width : width
    append("IDAT", deflated(rows: pixels.scalars(UInt8.self), width: length), to: &file)
    append("IEND", [], to: &file)
    return file
  }

  /// Writes a file.
  ///
  /// - Throws: ``FileError`` when it cannot be written.
  public static func write(_ pixels: Tensor, to url: URL) throws {
    let bytes = bytes(pixels)
    try NewFile.write(to: url) { try $0.append(bytes) }
  }

  /// Every row behind the number of its filter: 0 for none, the best for pictures of few greys.
  private static func deflated(rows pixels: [UInt8], width: Int) -> [UInt8] {
    var result: [UInt8] = []
    let writer = DeflatingWriter(.zlib, level: 9) { result.append(contentsOf: $0) }
    var filtered: [UInt8] = []
    for start in stride(from: 0, to: pixels.count, by: width) {
      filtered.append(0)
      filtered.append(contentsOf: pixels[start..<start + width])
    }
    do {
      try filtered.withUnsafeBytes(writer.append)
      try writer.finish()
    } catch {
      preconditionFailure("PNG: writing to memory failed: \(error)")
    }
    return result
  }

  /// A chunk: its length, its name and bytes, and their checksum.
  private static func append(_ name: String, _ content: [UInt8], to file: inout [UInt8]) {
    let checked = Array(name.utf8) + content
    let sum = checked.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
    file += bigEndian(content.count) + checked + bigEndian(Int(sum))
  }

  private static func bigEndian(_ number: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
  }
}
