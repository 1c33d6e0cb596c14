import Foundation

/// The files of the thesis' experiment with a generative model.
enum SharedData {
  static let folder = "../shared/data"
  static let rbm = "rbm-cd25-500.npz"
  static let digits = "binarized-mnist.npz"

  /// A file of the folder that a recipe names; where it names the usual one, the environment variable
  /// DISTILL_SHARED may say where the folder `shared` is.
  ///
  /// - Throws: ``CommandError`` when there is no such file.
  static func file(_ name: String, in folder: String) throws -> URL {
    var place = folder
    if folder == Self.folder,
      let shared = ProcessInfo.processInfo.environment["DISTILL_SHARED"]
    {
      place = shared + "/data"
    }
    let url = URL(fileURLWithPath: place).appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw CommandError(
        "there is no file '\(url.path)': this experiment needs the RBM of Salakhutdinov and Murray "
          + "and their binarised MNIST; name their folder with --set data=FOLDER, or run `distill "
          + "generative demo`, which needs neither"
      )
    }
    return url
  }
}
