import Foundation
import Testing

@testable import Tensors

@Suite struct FileDestinationTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("destination-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func put(_ text: String, at path: String) throws {
    let destination = try FileDestination(path)
    #expect(write(destination.descriptor, text, text.utf8.count) == text.utf8.count)
    try destination.commit()
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: path(name), encoding: .utf8)
  }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }

  @Test(arguments: [
    ("x", ""), ("ab", ""), ("x/", ""), ("a/b", "a"), ("a//b/", "a"), ("/a", "/"), ("/a/b", "/a"),
    ("./x", "."), ("é/ü", "é"), ("/", ""), ("", ""),
  ])
  func parentsOfPaths(path: String, parent: String) {
    #expect(path.parentPath == parent)
  }

  @Test func aLinkIsFollowedAndStays() throws {
    try put("old", at: path("file"))
    try FileManager.default.createSymbolicLink(
      atPath: path("link"),
      withDestinationPath: "file"
    )
    try put("new", at: path("link"))
    #expect(try text("file") == "new")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path("link")) == "file")
    try FileManager.default.createSymbolicLink(
      atPath: path("dangling"),
      withDestinationPath: path("later")
    )
    try put("made", at: path("dangling"))
    #expect(try text("later") == "made")
    #expect(try names == ["dangling", "file", "later", "link"])
  }

  @Test func linksThatEndNowhereAreRefused() throws {
    try FileManager.default.createSymbolicLink(atPath: path("a"), withDestinationPath: "b")
    try FileManager.default.createSymbolicLink(atPath: path("b"), withDestinationPath: "a")
    #expect(throws: POSIXError.self) { try put("x", at: path("a")) }
    #expect(throws: POSIXError.self) { try put("x", at: folder.path) }
    #expect(try names == ["a", "b"])
  }

  @Test func aPipeIsWrittenInPlace() throws {
    #expect(mkfifo(path("pipe"), 0o600) == 0)
    let reader = open(path("pipe"), O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    try put("through", at: path("pipe"))
    var bytes = [UInt8](repeating: 0, count: 16)
    #expect(read(reader, &bytes, 16) == 7)
    #expect(String(decoding: bytes.prefix(7), as: UTF8.self) == "through")
    var status = stat()
    #expect(lstat(path("pipe"), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  #if os(Linux)
    /// As `/dev/stdout` of a program whose output goes to another.
    @Test func aPipeBehindALinkIsWrittenInPlace() throws {
      let pipe = Pipe()
      try FileManager.default.createSymbolicLink(
        atPath: path("stdout"),
        withDestinationPath: "/proc/self/fd/\(pipe.fileHandleForWriting.fileDescriptor)"
      )
      try put("through", at: path("stdout"))
      try pipe.fileHandleForWriting.close()
      #expect(try pipe.fileHandleForReading.readToEnd() == Data("through".utf8))
    }
  #endif

  @Test func whatIsNotCommittedLeavesNothing() throws {
    try put("old", at: path("file"))
    do {
      let destination = try FileDestination(path("file"))
      #expect(write(destination.descriptor, "half", 4) == 4)
    }
    #expect(try text("file") == "old")
    #expect(try names == ["file"])
  }

  /// What a killed process left goes with the next writing of the same file, and nothing else.
  @Test func abandonedFilesAreDeleted() throws {
    let id = "0123456789abc"
    let kept = [".file.notes.tmp", ".other.\(id).tmp", ".file.\(id).txt", "file.\(id).tmp"]
    for name in kept + [".file.\(id).tmp"] {
      try Data("x".utf8).write(to: URL(fileURLWithPath: path(name)))
    }
    let busy = try FileDestination(path("file"))
    #expect(try names.count == kept.count + 1)
    try put("new", at: path("file"))
    #expect(write(busy.descriptor, "last", 4) == 4)
    try busy.commit()
    #expect(try text("file") == "last")
    #expect(try names == (kept + ["file"]).sorted())
  }

  @Test func theModeOfTheOldFileStaysAndLongNamesWork() throws {
    let name = String(repeating: "n", count: 255)
    try put("old", at: path(name))
    #expect(chmod(path(name), 0o640) == 0)
    try put("new", at: path(name))
    var status = stat()
    #expect(stat(path(name), &status) == 0 && status.st_mode & 0o777 == 0o640)
    #expect(try text(name) == "new")
  }
}
