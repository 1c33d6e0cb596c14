import Distill
import Foundation

/// The four files of Fashion-MNIST in a folder, plain where they are there, else compressed.
///
/// - Throws: `RunError` when one is missing.
package func fashionMNISTFiles(in folder: URL) throws -> [URL] {
  let names = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
  ]
  return try names.map { name in
    let plain = folder.appendingPathComponent(name)
    if FileManager.default.fileExists(atPath: plain.path) { return plain }
    let packed = folder.appendingPathComponent(name + ".gz")
    guard FileManager.default.fileExists(atPath: packed.path) else {
      throw RunError(
        "there is no \(name) or \(name).gz in '\(folder.path)': run `make data`, or name the "
          + "folder with the files of Fashion-MNIST with --data"
      )
    }
    return packed
  }
}
