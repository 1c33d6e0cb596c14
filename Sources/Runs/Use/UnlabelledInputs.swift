import Distill
import Foundation

/// Reads inputs without labels, from any kind of file, as a student takes them.
package struct UnlabelledInputs {
  /// Of one input, `[features]` or `[channels, height, width]`.
  let shape: [Int]
  /// The names of the columns in a table; nil where a table's columns are the inputs as they come.
  var columns: [String]?
  /// What the numbers are divided by; nil for 255 where they are bytes or pixels, else 1.
  var divisor: Double?
  var reading = ImageReading.upright

  package init(
    shape: [Int],
    columns: [String]? = nil,
    divisor: Double? = nil,
    reading: ImageReading = .upright
  ) {
    (self.shape, self.columns, self.divisor, self.reading) = (shape, columns, divisor, reading)
  }

  private var count: Int { shape.reduce(1, *) }

  /// `[count, numbers]`, `float32`.
  ///
  /// - Parameter path: A table, `.npy`, `.npz`, IDX, an image or a folder of images in the order of
  ///   their names.
  /// - Throws: One sentence when they are not what the student takes.
  package func read(_ path: String) throws -> Tensor {
    let found = try numbers(path)
    // One example without a batch.
    let isOne = [[count], shape, shape.filter { $0 > 1 }].contains(found.shape)
    let rows = isOne ? found.insertingAxis(0) : found
    let examples = rows.rank == 0 ? 0 : rows.shape[0]
    guard examples > 0 else { throw RunError("'\(path)' holds no rows of inputs") }
    guard rows.count == examples * count else {
      throw RunError(
        "'\(path)' has the shape \(rows.shape), and the student takes \([-1] + shape)"
          .replacing("[-1, ", with: "[examples, ")
      )
    }
    let inputs = rows.reshaped(to: [examples, count]).cast(to: .float32)
    guard inputs.isAllFinite else { throw RunError("'\(path)' holds NaN, infinity or holes") }
    let areBytes = rows.elementType == .uint8
    let arePixels = columns.map(InputDivision.arePixels) ?? false
    return InputDivision(of: inputs, areBytes: areBytes, arePixels: arePixels, asked: divisor)
      .apply(to: inputs)
  }

  private func numbers(_ path: String) throws -> Tensor {
    var isFolder: ObjCBool = false
    let url = URL(fileURLWithPath: path)
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      let images = try LabelledSource.files(in: url).filter(ImageFile.isImage)
      guard !images.isEmpty else {
        throw RunError(
          "'\(path)' is a folder without .png or .jpg: name the file of the inputs"
        )
      }
      return try .stacked(images.map(image))
    }
    let file = url.lastPathComponent.lowercased()
    let name = file.hasSuffix(".gz") ? String(file.dropLast(3)) : file
    if ImageFile.isImage(url) { return try image(url).insertingAxis(0) }
    if name.hasSuffix(".npy") { return try NumPy.read(from: url) }
    if name.hasSuffix(".npz") { return try array(of: url) }
    if name.contains("-ubyte") || name.hasSuffix(".idx") { return try IDX.read(from: url) }
    return try columns.map { try PredictionTable.columns($0, of: path) }
      ?? CSV.read(from: url).values
  }

  private func array(of url: URL) throws -> Tensor {
    let members = try NumPy.readMembers(from: url)
    let usual = ["images", "x_test", "inputs", "x", "X", "data"]
    if let named = usual.lazy.compactMap({ members[$0] }).first { return try named.get() }
    // Beside the numbers there may be what is none, such as text.
    let readable = members.filter { (try? $0.value.get()) != nil }
    guard let only = [members, readable].first(where: { $0.count == 1 })?.first else {
      throw RunError(
        "'\(url.path)' has several arrays (\(readable.keys.sorted().joined(separator: ", "))), and "
          + "which holds the inputs is not clear: call it inputs"
      )
    }
    return try only.value.get()
  }

  /// Brought to the size and colours of the student's.
  private func image(_ url: URL) throws -> Tensor {
    guard shape.count == 3,
      let color = ImageColor.allCases.first(where: { $0.channels == shape[0] })
    else {
      throw RunError("'\(url.path)' is an image, and the student takes \(count) numbers")
    }
    let image = try ImageFile.read(from: url, as: color, reading)
    let extent = Array(shape.suffix(2))
    return Array(image.shape.suffix(2)) == extent ? image : reading.resized(image, to: extent)
  }
}
