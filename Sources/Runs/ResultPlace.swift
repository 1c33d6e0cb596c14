import Compression
import Distill
import Foundation

/// Refuses a place for a result that would replace what the result is made from, or what a run is
/// known by. Other names of the same file count, too.
///
/// - Parameter sources: What the command reads: files, arrays in them (`digits.npz:test`), or nil for
///   an option that is not given.
/// - Throws: `RunError` that names the file.
package func requireResultPlace(_ place: String, from sources: [String?]) throws {
  guard place != "-" else {
    throw RunError(
      "--out - is standard output, and what this writes is a file: name one; with --json results are "
        + "printed for machines"
    )
  }
  guard let file = FileIdentity(place) else { return }
  for source in sources.compactMap({ $0 }) {
    guard [source, imageFile(source).file].compactMap(FileIdentity.init).contains(file) else {
      continue
    }
    throw RunError(
      "--out '\(place)' would replace '\(source)', which is read: name another file"
    )
  }
  let target = URL(fileURLWithPath: place).resolvingSymlinksInPath()
  let folder = RunFolder(url: target.deletingLastPathComponent(), command: "")
  if folder.contains(RunFolder.state), folder.needs(target.lastPathComponent) {
    throw RunError(
      "--out '\(place)' would replace a file that the run in '\(folder.url.path)' needs: name another "
        + "file"
    )
  }
}

/// Refuses a place for a result in a folder that is not there: minutes of work go before the file.
///
/// - Throws: `RunError` that names the folder.
package func requireResultFolder(_ place: String) throws {
  let folder = URL(fileURLWithPath: place).deletingLastPathComponent().path
  guard FileManager.default.fileExists(atPath: folder) else {
    throw RunError("--out \(place): there is no folder '\(folder)'; make it first")
  }
}

/// Writes a result, whole or not at all.
package func writeResult(_ text: String, to path: String) throws {
  do {
    try AtomicFile.write(to: URL(fileURLWithPath: path)) { try $0.append(text) }
  } catch {
    throw RunError("cannot write '\(path)': \(sentence(for: error))")
  }
}

extension RunFolder {
  /// Whether nothing but the run itself may replace a file of this name.
  fileprivate func needs(_ name: String) -> Bool {
    // What is exported may be called as the student of a run whose student is a program.
    Self.lasting.contains(name)
      || FileArchitecture.fileNames.contains {
        contains($0) && name == FileArchitecture.studentName(of: $0)
      }
  }

  private static let lasting = Set(
    [
      recipe, state, metrics, CertificateFile.name, PredictiveRun.student,
      CompressionRun.studentFile, CompressionRun.controlFile, "rbm.npz", "rbm.safetensors",
    ] + FileArchitecture.fileNames
  )
}

/// Which regular file a path leads to.
private struct FileIdentity: Equatable {
  let device: UInt64
  let number: UInt64

  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    (device, number) = (UInt64(truncatingIfNeeded: status.st_dev), UInt64(status.st_ino))
  }
}
