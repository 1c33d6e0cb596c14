import Foundation
import Tensors
import Testing

@testable import Exchange

@Suite struct FolderDestinationTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func make(_ name: String) throws {
    let url = folder.url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try Data().write(to: url.appendingPathComponent("a"))
  }

  /// A folder goes as a whole: what a process left that was killed on the way has another name, and
  /// goes with the next.
  @Test func foldersAreDeletedAsAWhole() throws {
    let abandoned = ".replay.0123456789abc.tmp"
    for name in [abandoned, "replay", "replay.mine"] { try make(name) }
    let place = folder.url.appendingPathComponent("replay")
    FolderDestination.delete(place)
    #expect(folder.names == ["replay.mine"])
    try make(abandoned)
    // Also where the folder itself is gone.
    FolderDestination.delete(place)
    #expect(folder.names == ["replay.mine"])
  }

  /// The name is the folder's only when everything in it is on the disk; a folder that cannot be
  /// synchronised is none.
  @Test func whatIsFilledGetsItsName() throws {
    let place = folder.url.appendingPathComponent("a.mlpackage")
    for text in ["one", "two"] {
      let destination = try FolderDestination(place)
      let inner = destination.url.appendingPathComponent("Data")
      try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: inner.appendingPathComponent("weights"))
      try destination.commit()
      let read = try String(
        contentsOf: place.appendingPathComponent("Data/weights"),
        encoding: .utf8
      )
      #expect(read == text)
      #expect(folder.names == ["a.mlpackage"])
    }
    let destination = try FolderDestination(place)
    let link = destination.url.appendingPathComponent("link")
    try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "nowhere")
    #expect(throws: POSIXError.self) { try destination.commit() }
    let kept = try String(contentsOf: place.appendingPathComponent("Data/weights"), encoding: .utf8)
    #expect(kept == "two")
  }
}
