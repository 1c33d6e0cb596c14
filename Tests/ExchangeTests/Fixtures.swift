import Foundation
import Tensors
import Testing

@testable import Exchange

/// The files that `Tools/reference/files.py` wrote with NumPy, gzip and Python's csv module.
enum Fixtures {
  static let folder = Bundle.module.resourceURL!.appendingPathComponent("Fixtures")

  static func url(_ name: String) -> URL { folder.appendingPathComponent(name) }

  static func bytes(_ name: String) -> [UInt8] { Array(try! Data(contentsOf: url(name))) }

  struct Expected: Decodable, Sendable, CustomTestStringConvertible {
    var file: String
    var member: String?
    var type: String
    var shape: [Int]
    var values: [Double]

    var testDescription: String { file + (member.map { ": \($0)" } ?? "") }
  }

  static let expected: [Expected] = {
    struct List: Decodable { var arrays: [Expected] }
    return try! JSONDecoder().decode(List.self, from: Data(contentsOf: url("expected.json"))).arrays
  }()

  /// The project's shared data, where it is present.
  static let shared: URL? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let folder =
      ProcessInfo.processInfo.environment["DISTILL_SHARED"].map { URL(fileURLWithPath: $0) }
      ?? root.appendingPathComponent("shared")
    let file = folder.appendingPathComponent("data/rbm-cd25-500.npz")
    return FileManager.default.fileExists(atPath: file.path) ? folder : nil
  }()
}

/// A folder that is removed when the test is over.
final class TemporaryFolder {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String, _ bytes: some Sequence<UInt8> = []) throws -> URL {
    let file = url.appendingPathComponent(name)
    try Data(bytes).write(to: file)
    return file
  }

  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? [] }
}

/// The one sentence with which reading fails.
func sentence(_ body: () throws -> Void) -> String {
  let error = #expect(throws: FileError.self) { try body() }
  let text = error?.description ?? ""
  #expect(!text.contains("\n"))
  return text
}
