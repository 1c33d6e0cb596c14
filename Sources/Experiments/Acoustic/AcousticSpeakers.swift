import Distill
import Foundation
import Runs

/// What `make data-speech` put into a folder: recordings by their hashes.
package struct AcousticFolder {
  package static let list = "SHA256SUMS"

  package let url: URL
  private let hashes: [String: String]

  /// - Throws: `RunError` when the list of recordings is missing or is none.
  package init(_ path: String) throws {
    url = URL(fileURLWithPath: path)
    let file = url.appendingPathComponent(Self.list)
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw RunError(
        "there is no \(Self.list) in '\(path)': run `make data-speech`, or name the folder with --set "
          + "data=FOLDER"
      )
    }
    var hashes: [String: String] = [:]
    for (number, line) in try RegularFile.text(file).split(separator: "\n").enumerated() {
      guard let words = line.wholeMatch(of: /([0-9a-f]{64})  (.+)/) else {
        throw RunError(
          "'\(file.path)', line \(number + 1): must be a SHA-256 and a path, as sha256sum writes them"
        )
      }
      hashes[String(words.2)] = String(words.1)
    }
    self.hashes = hashes
  }

  /// A recording of which the list speaks.
  fileprivate func recording(_ path: String) throws -> (file: URL, sha256: String) {
    guard let hash = hashes[path] else {
      throw RunError(
        "there is no \(path) in '\(url.path)': run `make data-speech`, or name other speakers and words"
      )
    }
    return (url.appendingPathComponent(path), hash)
  }
}

/// Recordings of a part of the data: who says which word in which file.
package struct AcousticRecordings {
  package struct Utterance {
    package let file: URL
    fileprivate let sha256: String
    /// Its place among the words.
    package let word: Int
    /// The folder, such as `telephone/it-menardi`.
    package let speaker: String

    /// - Throws: ``FileError`` when the file is missing, is not what the list says, or no sound.
    package func read() throws -> Recording {
      let recording = try WAV.read(from: file)
      guard try SHA256.hash(of: file) == sha256 else {
        throw FileError(
          file,
          "the recording is another one than \(AcousticFolder.list) says",
          "delete its folder and run `make data-speech`"
        )
      }
      return recording
    }
  }

  package let utterances: [Utterance]

  /// - Throws: `RunError` that names what is missing.
  package init(_ speakers: [String], _ words: [String], in folder: AcousticFolder) throws {
    utterances = try speakers.flatMap { speaker in
      try words.enumerated().map { word, name in
        let (file, hash) = try folder.recording("\(speaker)/\(name).wav")
        return Utterance(file: file, sha256: hash, word: word, speaker: speaker)
      }
    }
  }
}

extension AcousticExperiment {
  /// The speakers of a list, `*` replaced by each language of its domain.
  package func speakers(_ list: KeyPath<Self, [String]>) -> [String] {
    let own = list == \.source ? languages : languages + newLanguages
    return self[keyPath: list].flatMap { name in
      name.contains("*") ? own.map { name.replacingOccurrences(of: "*", with: $0) } : [name]
    }
  }

  package static var lists: [KeyPath<Self, [String]>] {
    [\.source, \.adaptation, \.validation, \.test]
  }

  /// In the order of the lists.
  package func recordings() throws -> [AcousticRecordings] {
    let folder = try AcousticFolder(data)
    return try Self.lists.map { try AcousticRecordings(speakers($0), words, in: folder) }
  }

  package func dataFiles() throws -> [URL] {
    _ = try recordings()
    return [URL(fileURLWithPath: data).appendingPathComponent(AcousticFolder.list)]
  }
}
