import Exchange
import Foundation

extension ModelGraph {
  /// The endings of files that always hold a whole model.
  public static let fileEndings = ["pt2", "onnx", "torchscript"]
  /// Endings of files that hold a whole model or weights alone.
  private static let scriptEndings = ["pt", "pth", "ts"]

  /// Whether a file holds a whole model, by its name and, where that leaves it open, by what is in it.
  public static func isOne(_ url: URL) -> Bool {
    let ending = url.pathExtension.lowercased()
    return fileEndings.contains(ending) || scriptEndings.contains(ending) && TorchScript.isOne(url)
  }

  /// The model of a file, read by what its name ends with.
  ///
  /// - Throws: `FileError` when the file cannot be read or run, or is of no format known here.
  public init(contentsOf url: URL) throws {
    switch url.pathExtension.lowercased() {
    case "pt2": self = try ExportedProgram.read(from: url)
    case "onnx": self = try ONNXModel.read(from: url)
    case "torchscript": self = try TorchScript.read(from: url)
    case let ending where Self.scriptEndings.contains(ending) && TorchScript.isOne(url):
      self = try TorchScript.read(from: url)
    default:
      throw FileError(
        url,
        "this is no model of a format known here",
        "give a program that PyTorch exported (.pt2), an ONNX model (.onnx) or a TorchScript program "
          + "(.pt)"
      )
    }
  }
}
