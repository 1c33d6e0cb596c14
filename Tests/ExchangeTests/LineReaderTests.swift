import Foundation
import Testing

@testable import Exchange

/// Lines of files, packed files and pipes.
@Suite struct LineReaderTests {
  private static let text = "a\r\n\nbc\n" + String(repeating: "x", count: 200_000) + "\nlast"
  private static let lines = ["a", "", "bc", String(repeating: "x", count: 200_000), "last"]

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  private func all(_ reader: LineReader) throws -> [String] {
    var lines: [String] = []
    func text(_ line: UnsafeMutableBufferPointer<CChar>) -> String {
      String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    while let line = try reader.next(text) { lines.append(line) }
    return lines
  }

  @Test(arguments: [false, true]) func filesAreReadWhole(isPacked: Bool) throws {
    try withFolder { folder in
      let file = folder.appendingPathComponent("a.txt")
      var packed: [UInt8] = []
      let writer = DeflatingWriter(.gzip) { packed += $0 }
      try Data(Self.text.utf8).withUnsafeBytes(writer.append)
      try writer.finish()
      try Data(isPacked ? packed : Array(Self.text.utf8)).write(to: file)
      let reader = try LineReader(file.path)
      #expect(try all(reader) == Self.lines && reader.number == 5 && reader.isUnfinished)
      guard isPacked else { return }
      try Data(packed.dropLast(20)).write(to: file)
      let error = #expect(throws: RunError.self) { try all(LineReader(file.path)) }
      #expect(error?.description.hasPrefix("reading failed after line") == true)
    }
  }

  @Test func pipesHandOnWhatHasCome() throws {
    try withFolder { folder in
      let pipe = folder.appendingPathComponent("pipe").path
      #expect(mkfifo(pipe, 0o600) == 0)
      var isStopped = false
      let reader = try LineReader(pipe) { isStopped }
      let writer = open(pipe, O_WRONLY)
      defer { close(writer) }
      #expect(write(writer, "1,2\n3", 5) == 5)
      #expect(try reader.next { $0.count } == 3)
      isStopped = true
      #expect(throws: BytesInTurn.Cancelled.self) { try reader.next { $0.count } }
    }
  }

  @Test func whatCannotBeReadIsNamed() throws {
    try withFolder { folder in
      let missing = folder.appendingPathComponent("a").path
      let none = #expect(throws: RunError.self) { try LineReader(missing) }
      #expect(none?.description == "\(missing) cannot be read: No such file or directory")
      let error = #expect(throws: RunError.self) { try LineReader(folder.path) }
      #expect(error?.description == "\(folder.path) is a folder: name the file in it")
    }
  }
}
