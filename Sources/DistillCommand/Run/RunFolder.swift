import Foundation
import Networks

/// The folder a run writes: recipe, metrics, weights, report, and the state to go on from.
///
/// ```swift
/// let folder = try RunFolder.create(for: "demo", at: options.out)
/// try folder.write(recipe.yaml(), to: RunFolder.recipe)
/// try folder.append(Metric(epoch: 1, loss: 0.4))
/// try Safetensors.write(weights, to: folder.file("student.safetensors"))
/// ```
///
/// Files appear under their names only when they are complete, except the metrics, which grow by
/// whole lines.
struct RunFolder {
  static let recipe = "recipe.yaml"
  static let metrics = "metrics.jsonl"
  static let report = "report.html"
  static let table = "table.txt"
  static let state = "state.json"

  let url: URL
  /// The subcommand that the run belongs to.
  let command: String

  /// The place of a file in the folder.
  func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  func contains(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: file(name).path)
  }

  /// Replaces a file as a whole, or makes it.
  ///
  /// - Throws: ``CommandError`` when it cannot be written; what was there is then kept.
  func write(_ text: String, to name: String) throws {
    do {
      try AtomicFile.write(to: file(name)) { try $0.append(text) }
    } catch {
      throw CommandError("cannot write '\(file(name).path)': \(sentence(for: error))")
    }
  }

  /// Adds a line to the metrics.
  ///
  /// - Throws: ``CommandError`` when it cannot be written.
  func append(_ metric: some Encodable) throws {
    let path = file(Self.metrics).path
    do {
      try appendLine(jsonLine(metric), to: path)
    } catch {
      throw CommandError("cannot write '\(path)': \(sentence(for: error))")
    }
  }

  /// Deletes a file that is no longer needed, if it is there.
  func remove(_ name: String) { try? FileManager.default.removeItem(at: file(name)) }

  /// Does the work of a run. Where it fails with nothing done, such as for a file that is no model,
  /// the folder goes, so that the same command works once its cause is mended.
  func keptIfAnythingIsDone(_ work: () throws -> Void) throws {
    do {
      try work()
    } catch {
      let names = try? FileManager.default.contentsOfDirectory(atPath: url.path)
      if !(error is Stopped), names.map({ Set($0) == [Self.recipe, Self.state] }) == true {
        try? FileManager.default.removeItem(at: url)
      }
      throw error
    }
  }
}

/// Adds a whole line to a file; half a line that a crash left at its end goes first. Links are not
/// followed.
private func appendLine(_ line: String, to path: String) throws {
  let flags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
  let descriptor = open(path, flags, 0o644)
  guard descriptor >= 0 else {
    throw errno == ELOOP ? CommandError("it is a symbolic link") : POSIXError.last
  }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    throw CommandError("it is not a regular file")
  }
  let end = lseek(descriptor, 0, SEEK_END)
  var kept = end
  var byte: UInt8 = 0
  while kept > 0, pread(descriptor, &byte, 1, kept - 1) == 1, byte != UInt8(ascii: "\n") {
    kept -= 1
  }
  if kept < end, ftruncate(descriptor, kept) != 0 { throw POSIXError.last }
  var line = line
  let written = line.withUTF8 { write(descriptor, $0.baseAddress, $0.count) }
  guard written == line.utf8.count else {
    let error = POSIXError.last
    // A disk that filled up took a part only.
    _ = ftruncate(descriptor, kept)
    throw written >= 0 ? POSIXError(.ENOSPC) : error
  }
}
