import Foundation
import Testing

@testable import Exchange

@Suite struct RunJournalTests {
  private func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  @Test func linesAreReadOnceAndWhole() throws {
    try withFolder { folder in
      var reader = RunJournal.Reader(in: folder)
      #expect(reader.next().isEmpty)
      var line = RunJournal.Line(.reached, at: 2.5)
      (line.done, line.loss) = (7, .nan)
      let journal = try RunJournal(in: folder)
      try journal.append(.init(.note, at: 1, text: "a\nb \u{1B}[0m"))
      try journal.append(line)
      let read = reader.next()
      #expect(read.map(\.kind) == [.note, .reached] && read[0].text == "a\nb \u{1B}[0m")
      #expect(read[1].loss?.isNaN == true && read[1].done == 7 && reader.next().isEmpty)
      // A line that is still being written, by the run that goes on.
      let file = try FileHandle(forWritingTo: folder.appendingPathComponent(RunJournal.name))
      try file.seekToEnd()
      try file.write(contentsOf: Data(#"{"kind":"ended","#.utf8))
      #expect(reader.next().isEmpty)
      try file.write(contentsOf: Data("\"at\":3}\nno line\n".utf8))
      #expect(reader.next() == [.init(.ended, at: 3)])
      try RunJournal(in: folder).append(.init(.opened, at: 4))
      #expect(reader.next() == [.init(.opened, at: 4)])
    }
  }

  /// What is written would be somewhere else.
  @Test func linksAreRefused() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let other = folder.appendingPathComponent("other")
      try Data("mine".utf8).write(to: other)
      let place = folder.appendingPathComponent(RunJournal.name)
      try FileManager.default.createSymbolicLink(at: place, withDestinationURL: other)
      #expect(throws: RunError.self) { try RunJournal(in: folder) }
      try FileManager.default.removeItem(at: place)
      try FileManager.default.linkItem(at: other, to: place)
      #expect(throws: RunError.self) { try RunJournal(in: folder) }
      #expect(try Data(contentsOf: other) == Data("mine".utf8))
    }
  }
}
