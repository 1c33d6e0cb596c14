import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Sound files, and what the program does with them: reading, and whatever uses what was read.
struct FuzzTarget: Sendable, CustomTestStringConvertible {
  let name: String
  /// How often it is chosen, beside the others: what is quick is tried more often.
  let weight: Int
  /// Makes the files in an empty folder.
  let make: @Sendable (URL) throws -> Void
  /// Uses the files of a folder.
  let use: @Sendable (URL) throws -> Void
  /// The files that are changed; all when empty.
  var files: [String] = []
  /// Whether using them makes other files.
  var leavesFiles: Bool { weight < Self.usual }
  /// Seconds of the processor after which an input is taken to hang.
  var patience = 5

  var testDescription: String { name }

  static let all =
    data + models + language + densities + draws + students + checkpoints + runs + folders

  /// The weight of what takes about a millisecond, some tens, and a second: each takes a third of the
  /// time.
  static let (quick, usual, slow) = (640, 30, 1)

  /// The command line, in this process.
  static func distill(_ arguments: String..., in folder: URL) throws {
    let arguments = arguments.map { $0.replacing("FOLDER", with: folder.path) }
    var command = try Program.parseAsRoot(arguments + ["--quiet"])
    try command.run()
  }

  /// A file that is made by `write`, and read by `use`.
  static func reader(
    _ name: String,
    _ file: String,
    weight: Int = quick,
    _ write: @escaping @Sendable (URL) throws -> Void,
    use: @escaping @Sendable (URL) throws -> Void
  ) -> FuzzTarget {
    FuzzTarget(name: name, weight: weight) {
      try write($0.appendingPathComponent(file))
    } use: {
      try use($0.appendingPathComponent(file))
    }
  }

  /// Files of the tests of another room.
  static func fixture(_ room: String, _ file: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("\(room)/Fixtures/\(file)")
  }

  static var silent: Console {
    let output = Output(isTerminal: false) { _ in }
    return Console(.quiet, results: output, remarks: output)
  }

  static var untouched: Interruption { Interruption(write: { _ in }, quit: {}) }
}
