import Exchange
import Foundation

extension ModelGraph {
  /// The endings of files that hold a whole model.
  public static let fileEndings = ["pt2", "onnx"]

  /// The model of a file, read by what its name ends with.
  ///
  /// - Throws: `FileError` when the file cannot be read or run, or is of no format known here.
  public init(contentsOf url: URL) throws {
    switch url.pathExtension.lowercased() {
    case "pt2": self = try ExportedProgram.read(from: url)
    case "onnx": self = try ONNXModel.read(from: url)
    default:
      throw FileError(
        url,
        "this is no model of a format known here",
        "give a program that PyTorch exported (.pt2) or an ONNX model (.onnx)"
      )
    }
  }
}
