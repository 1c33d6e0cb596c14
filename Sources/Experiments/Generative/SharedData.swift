import Distill
import Foundation
import Runs

/// The files of the thesis' experiment with a generative model.
package enum SharedData {
  package static let folder = ".data/rbm-digits"
  package static let rbm = "rbm-cd25-500.npz"
  package static let digits = "binarized-mnist.npz"

  /// A file of the folder that a recipe names; where it names the usual one, and the environment variable
  /// DISTILL_SHARED a folder, of that one's folder `data`.
  ///
  /// - Throws: `RunError` when there is no such file.
  package static func file(_ name: String, in folder: String) throws -> URL {
    var place = folder
    if folder == Self.folder,
      let shared = ProcessInfo.processInfo.environment["DISTILL_SHARED"]
    {
      place = shared + "/data"
    }
    let url = URL(fileURLWithPath: place).appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw RunError(
        "there is no file '\(url.path)': this experiment needs the RBM of Salakhutdinov and Murray "
          + "and their binarised MNIST; name their folder with --set data=FOLDER, or run `distill "
          + "generative demo`, which needs neither"
      )
    }
    return url
  }
}
