import Distill
import Foundation
import Runs

/// The data files of WordNet.
///
/// - Throws: `RunError` when one is missing.
func wordNetFiles(in folder: String) throws -> [URL] {
  try WordNet.PartOfSpeech.allCases.map { part in
    let file = URL(fileURLWithPath: folder).appendingPathComponent(part.file)
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw RunError(
        "there is no \(part.file) in '\(folder)': run `make data-graphs`, or name a folder with the "
          + "data files of WordNet 3.0 with --set data=FOLDER"
      )
    }
    return file
  }
}
