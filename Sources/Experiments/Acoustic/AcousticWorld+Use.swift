import Distill
import Foundation
import Runs

extension AcousticWorld {
  /// A student that is asked which word a recording is: that for which its frames vote, as
  /// `Recognition` counts them.
  func use(_ network: AcousticNetwork) throws -> any FieldUse {
    let listener = try AcousticListener(recipe, .cpu)
    /// Features as the network hears them, and the file of each.
    func heard(_ path: String) throws -> (asked: ClassifierUse.Asked, files: [RecordingFile]) {
      let files = try RecordingFile.all(in: path)
      let frames = try files.map { file in
        // A recording's answer does not depend on those beside it.
        try listener.sound(WAV.read(from: file.url), of: file.url, changed: false, seed: 0).clean
      }
      let inputs = (Tensor.stacked(frames) - scale.mean) / scale.deviation
      return (.init(inputs, files: files.map(\.name)), files)
    }
    return ClassifierUse(
      recipe.words,
      own: .init(test.inputs, labels: Tensor(test.labels.words)),
      read: { try heard($0).asked },
      labelled: { path, outcome in
        if let outcome {
          throw RunError(
            "--outcome \(outcome) has no effect on recordings, whose words are the names of their files "
              + "or folders: leave it out"
          )
        }
        let (found, files) = try heard(path)
        var asked = found
        asked.labels = Tensor(try files.map { try $0.word(among: recipe.words) })
        return asked
      },
      logits: { inputs in
        let votes = network.logits(of: inputs).cast(to: .float64).softmax(along: 2).sum(along: 1)
        return votes.slicing(1..<recipe.words.count + 1, along: 1).logarithm
      }
    )
  }
}

/// A recording that somebody has.
private struct RecordingFile {
  /// Its path in the folder that was named.
  let name: String
  let url: URL

  /// A WAV file, or those of a folder and of the folders in it.
  ///
  /// - Throws: `RunError` when there is none.
  static func all(in path: String) throws -> [RecordingFile] {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard isFolder.boolValue else {
      return [RecordingFile(name: url.lastPathComponent, url: url)]
    }
    let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    let files = names.filter { name in
      name.lowercased().hasSuffix(".wav")
        && !name.split(separator: "/").contains { $0.hasPrefix(".") }
    }.sorted()
    guard !files.isEmpty else {
      throw RunError("'\(path)' is a folder without .wav: name a recording, or a folder of some")
    }
    return files.map { RecordingFile(name: $0, url: url.appendingPathComponent($0)) }
  }

  /// The place of the word that the file, or else its folder, is called.
  func word(among words: [String]) throws -> Int {
    let folder = url.deletingLastPathComponent().lastPathComponent
    let names = [url.deletingPathExtension().lastPathComponent, folder]
    guard let word = names.lazy.compactMap(words.firstIndex(of:)).first else {
      throw RunError(
        "which word '\(url.path)' is, is not known: call the file or its folder by one of "
          + words.prefix(12).joined(separator: ", ") + (words.count > 12 ? ", …" : "")
      )
    }
    return word
  }
}
