import Foundation
import StudentRuntime
import Tensors
import Testing

@testable import StudentExport

/// Files of earlier versions are read, and a file states the oldest version that knows all of it.
@Suite struct VersionTests {
  private static let versions = [
    (1, "mlp:3-4-2"), (1, "nade"), (2, "cnn:3x4x4-3c3g3-m2-2"), (3, "recurrent gru"),
    (3, "causal attention"), (4, "made"), (5, "deep nade"), (5, "rnade"), (1, "acoustic network"),
    (6, "static sentences"), (6, "sentence transformer"), (6, "detector"),
  ]

  @Test func theOldestVersionIsStated() throws {
    for (version, name) in Self.versions {
      let file = try Specimen(name).graph.runtimeFile()
      #expect(file[8] == version, "\(name)")
    }
  }

  /// A newer version is refused by a sentence that says what to do, even where nothing else is new.
  @Test func newerFilesAreRefused() throws {
    let file = try Specimen("mlp:3-4-2").graph.runtimeFile()
    for version in [0, StudentFormat.version + 1, 255] {
      var other = file
      other[8] = UInt8(version)
      let hash = other.withUnsafeBytes(StudentFormat.checksum)
      withUnsafeBytes(of: hash.littleEndian) { other.replaceSubrange(120..<128, with: $0) }
      let error = #expect(throws: StudentError.self) {
        try other.withUnsafeBytes { try StudentNetwork($0) }
      }
      #expect(error == .newerVersion)
    }
    #expect("\(StudentError.newerVersion.message)".contains("newer"))
  }

  /// Files that were written when their version was the newest, and what PyTorch answered.
  @Test(arguments: 1...5)
  func earlierFilesAreRead(version: Int) throws {
    let folder = URL(fileURLWithPath: #filePath)
      .appendingPathComponent("../Fixtures").standardizedFileURL
    let student = try Student(
      path: folder.appendingPathComponent("version-\(version).distill").path
    )
    struct Recorded: Decodable {
      let inputs: [[Float]]
      let answers: [[Float]]
    }
    let recorded = try JSONDecoder().decode(
      Recorded.self,
      from: Data(contentsOf: folder.appendingPathComponent("version-\(version).json"))
    )
    #expect(!recorded.inputs.isEmpty)
    for (input, expected) in zip(recorded.inputs, recorded.answers) {
      for (a, b) in zip(student.predict(input), expected) { #expect(abs(a - b) < 5e-6) }
    }
  }
}
