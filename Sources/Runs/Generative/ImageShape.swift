import Distill
import Foundation

/// The height and width of the images whose pixels are a model's visible units.
package struct ImageShape: Equatable {
  package let height: Int
  package let width: Int

  private init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

  /// A square where the pixels make one, else a row.
  package init(pixels: Int) {
    let side = Int(Double(pixels).squareRoot().rounded())
    (height, width) = side * side == pixels ? (side, side) : (1, pixels)
  }

  /// - Parameter text: Such as `28x28`; nil for a square, or a row.
  /// - Throws: `RunError` when it is not of this form or of other size than the images.
  package init(_ text: String?, pixels: Int) throws {
    guard let text else {
      self.init(pixels: pixels)
      return
    }
    guard let size = Self.size(text), size.height * size.width == pixels else {
      throw RunError(
        "--shape \(text): write HEIGHTxWIDTH such that the product is \(pixels), the number of "
          + "pixels"
      )
    }
    self.init(height: size.height, width: size.width)
  }

  /// Such as `28x28`; nil for what is no size of an image.
  package static func size(_ text: String) -> (height: Int, width: Int)? {
    let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false)
    let lengths = parts.compactMap { Int($0) }.filter { (1...1_000_000).contains($0) }
    return parts.count == 2 && lengths.count == 2 ? (lengths[0], lengths[1]) : nil
  }

  /// Images side by side.
  package func sheet(_ images: Tensor, columns: Int? = nil) -> ImageSheet {
    ImageSheet(images, height: height, width: width, columns: columns, scale: scale)
  }

  /// What names of files of samples may end in.
  package static let fileEndings = ["png", "pgm", "npz"]

  /// What the name of a file ends in.
  package static func ending(_ path: String) -> String {
    URL(fileURLWithPath: path).pathExtension.lowercased()
  }

  /// Writes images as the array `samples` of an archive, or as a sheet.
  package func write(_ images: Tensor, to path: String) throws {
    let url = URL(fileURLWithPath: path)
    if Self.ending(path) == "npz" {
      try NumPy.writeArchive(["samples": images], to: url, compressed: true)
    } else {
      try sheet(images).write(to: url)
    }
  }

  /// Weights, `[count, pixels]`, as images.
  package func features(_ weights: Tensor, columns: Int? = nil) -> ImageSheet {
    ImageSheet.features(weights, height: height, width: width, columns: columns, scale: scale)
  }

  /// Small images are enlarged until one can see them.
  private var scale: Int { max(1, min(8, 56 / max(height, width))) }
}
