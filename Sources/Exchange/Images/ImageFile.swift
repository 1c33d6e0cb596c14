import CImages
import Foundation
import Tensors

/// Images compressed as PNG or JPEG.
///
/// ```swift
/// let image = try ImageFile.read(from: url, as: .rgb)
/// print(image.shape)  // [3, 480, 640]
/// ```
public enum ImageFile {
  /// The endings of names that are read.
  public static let endings = ["png", "jpg", "jpeg"]

  /// Larger images are refused before memory is set aside for them: 100 million pixels.
  public static let mostPixels = 100_000_000

  /// Whether a file's name says that it is an image.
  public static func isImage(_ url: URL) -> Bool {
    endings.contains(url.pathExtension.lowercased())
  }

  /// The size of an image and what its pixels are, from its header alone.
  ///
  /// - Throws: ``FileError`` when the file is missing, damaged, too large, or of another kind.
  public static func header(
    of url: URL,
    _ reading: ImageReading = .upright
  ) throws -> (height: Int, width: Int, color: ImageColor) {
    let image = try opened(bytes(of: url), url)
    let (height, width) = (Int(image.height), Int(image.width))
    let color: ImageColor = image.channels == 1 ? .grey : .rgb
    let isTurned = reading == .upright && image.orientation >= 5
    return isTurned ? (width, height, color) : (height, width, color)
  }

  /// The pixels of an image, `[channels, height, width]`, `uint8`.
  ///
  /// Transparency is left out, 16 bits are rounded to 8, grey is turned into equal colours and
  /// colours into their luma (ITU-R BT.601) where the other is wanted; four inks (CMYK) become red,
  /// green and blue without a profile.
  ///
  /// - Parameters:
  ///   - color: The default is what the file holds.
  ///   - reading: Whether the image is turned as its Exif says.
  /// - Throws: ``FileError`` when the file is missing, damaged, cut off, too large, or of another
  ///   kind.
  public static func read(
    from url: URL,
    as color: ImageColor? = nil,
    _ reading: ImageReading = .upright
  ) throws -> Tensor {
    let bytes = try bytes(of: url)
    var image = try opened(bytes, url)
    let channels = color?.channels ?? Int(image.channels)
    let (height, width) = (Int(image.height), Int(image.width))
    var pixels = [UInt8](repeating: 0, count: height * width * channels)
    let read = isPNG(bytes) ? di_png_pixels : di_jpeg_pixels
    guard read(bytes, bytes.count, &image, Int32(channels), &pixels) == 0 else {
      throw damaged(image, url)
    }
    let rows = Tensor(pixels, shape: [height, width, channels])
    let stored = rows.permuted(to: [2, 0, 1])
    return (reading == .upright ? upright(stored, Int(image.orientation)) : stored).contiguous
  }

  /// - Parameters:
  ///   - image: `[channels, height, width]`, as it is stored.
  ///   - orientation: Where its first row and column belong, as Exif numbers it (CIPA DC-008).
  private static func upright(_ image: Tensor, _ orientation: Int) -> Tensor {
    var result = orientation >= 5 ? image.transposed() : image
    if [2, 3, 6, 7].contains(orientation) { result = result.reversed(along: -1) }
    if [3, 4, 7, 8].contains(orientation) { result = result.reversed(along: -2) }
    return result
  }

  private static func opened(_ bytes: [UInt8], _ url: URL) throws -> di_image {
    guard isPNG(bytes) || bytes.starts(with: [0xFF, 0xD8]) else {
      throw FileError(
        url,
        at: .byte(0),
        "this is neither PNG nor JPEG: it starts with \(shown(bytes.prefix(8)))",
        "save the image as one of them"
      )
    }
    var image = di_image()
    let header = isPNG(bytes) ? di_png_header : di_jpeg_header
    guard header(bytes, bytes.count, &image) == 0 else { throw damaged(image, url) }
    guard image.width > 0, image.height > 0,
      Int(image.width) * Int(image.height) <= mostPixels
    else {
      throw FileError(
        url,
        "it claims \(image.width) by \(image.height) pixels",
        "make it smaller than \(mostPixels / 1_000_000) million pixels"
      )
    }
    return image
  }

  private static func isPNG(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x89, 0x50, 0x4E, 0x47])
  }

  private static func bytes(of url: URL) throws -> [UInt8] {
    let file = try OpenFile(url)
    return try FileBytes(file).header(file.size, "the image")
  }

  private static func damaged(_ image: di_image, _ url: URL) -> FileError {
    let message = withUnsafeBytes(of: image.message) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return FileError(url, "the image is damaged (\(message))", "save it again or leave it out")
  }
}
