import Foundation
import Tensors

/// Many small grey images side by side in one.
///
/// ```swift
/// try ImageSheet(nade.samples(100, seed: 1), height: 28, width: 28).write(to: url)
/// ```
public struct ImageSheet {
  /// `[height, width]` of the whole sheet, `uint8`.
  public let pixels: Tensor

  /// - Parameters:
  ///   - images: `[count, height × width]`, from 0 (black) to 1 (white).
  ///   - columns: The default makes the sheet about square.
  ///   - scale: How many pixels of the sheet, along each side, show one of an image.
  public init(_ images: Tensor, height: Int, width: Int, columns: Int? = nil, scale: Int = 2) {
    precondition(
      images.rank == 2 && images.shape[0] > 0 && images.shape[1] == height * width && scale > 0,
      "ImageSheet: images of shape \(images.shape) are not [count, \(height) × \(width)]"
    )
    let count = images.shape[0]
    let columns = max(1, min(columns ?? Int(Double(count).squareRoot().rounded(.up)), count))
    let rows = (count + columns - 1) / columns
    let gray = (images.cast(to: .float32) * 255 + 0.5).clamped(min: 0, max: 255.4).cast(to: .uint8)
    let large = gray.reshaped(to: [count, height, width])
      .repeatingEach(scale, along: 1).repeatingEach(scale, along: 2)
    let border = 128.0
    // Each image gets a line below and on its right, the sheet one above and on its left.
    let framed = large.padded([(0, 1), (0, 1)], with: border)
    let missing = rows * columns - count
    let all = missing > 0 ? framed.padded([(0, 0), (0, 0), (0, missing)], with: border) : framed
    let (tall, wide) = (height * scale + 1, width * scale + 1)
    pixels =
      all.reshaped(to: [rows, columns, tall, wide]).permuted(to: [0, 2, 1, 3])
      .reshaped(to: [rows * tall, columns * wide])
      .padded([(1, 0), (1, 0)], with: border).contiguous
  }

  /// Weights as images: black the most negative, white the most positive, middle grey zero, each
  /// image by its own largest weight.
  ///
  /// - Parameter weights: `[count, height × width]`.
  public static func features(
    _ weights: Tensor,
    height: Int,
    width: Int,
    columns: Int? = nil,
    scale: Int = 2
  ) -> ImageSheet {
    let largest = weights.magnitude.maximum(along: 1, keepingAxes: true).clamped(min: 1e-12)
    return ImageSheet(
      weights / largest * 0.5 + 0.5,
      height: height,
      width: width,
      columns: columns,
      scale: scale
    )
  }

  /// The bytes of the sheet as a PNG file.
  public var png: [UInt8] { PNG.bytes(pixels) }

  /// Writes the sheet in the format that the name ends in: `.png`, or `.pgm` for Netpbm's plain
  /// grey map.
  ///
  /// - Throws: ``FileError`` for another ending, or when the file cannot be written.
  public func write(to url: URL) throws {
    switch url.pathExtension.lowercased() {
    case "png": try PNG.write(pixels, to: url)
    case "pgm":
      let header = "P5\n\(pixels.shape[1]) \(pixels.shape[0])\n255\n"
      try NewFile.write(to: url) { file in
        try file.append(Array(header.utf8))
        try pixels.withUnsafeBytes(file.append)
      }
    default:
      throw FileError(
        url,
        "a sheet of images cannot be written in the format '\(url.pathExtension)'",
        "choose a name that ends in .png or .pgm"
      )
    }
  }
}
