import Foundation
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A run with `--watch`, as users start it.
@Suite struct WatchOptionTests {
  /// From when there is a folder until the work ends.
  @Test func aRunIsWatchedWhileItGoesOn() throws {
    try withCompressWorld { world in
      func start(_ out: String, _ watch: String) throws -> (Process, FileHandle) {
        let process = Process()
        process.executableURL = ProgramTests.program
        process.arguments = [
          "compress", "--teacher", world.teachers, "--teacher-model", CompressWorld.teacherModel,
          "--data", world.data, "--student", "mlp:16-4-3", "--minutes", "5",
          "--out", world.folder.appendingPathComponent(out).path, watch,
        ]
        let errors = Pipe()
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, errors)
        try process.run()
        return (process, errors.fileHandleForReading)
      }
      let (process, errors) = try start("run", "--watch")
      defer { process.terminate() }
      var said = ""
      while !said.contains(/watch it at http.+\n/) {
        let more = errors.availableData
        try #require(!more.isEmpty, "\(said)")
        said += String(decoding: more, as: UTF8.self)
      }
      let address = try #require(said.firstMatch(of: /watch it at (http.+)/)).1
      let url = try #require(URL(string: String(address)))
      #expect(try String(contentsOf: url, encoding: .utf8).contains("<h1"))

      // A port that is taken is no reason to train without a page.
      let (refused, reasons) = try start("refused", "--watch=\(url.port!)")
      let reason = String(decoding: try reasons.readToEnd() ?? Data(), as: UTF8.self)
      refused.waitUntilExit()
      #expect(refused.terminationStatus == 1 && reason.contains("choose another port"), "\(reason)")
      let folder = world.folder.appendingPathComponent("refused")
      #expect(!FileManager.default.fileExists(atPath: folder.path))

      process.interrupt()
      // What it says on the way must not fill the pipe.
      while !errors.availableData.isEmpty {}
      process.waitUntilExit()
      #expect(process.terminationStatus == 130)
      #expect(throws: (any Error).self) { try String(contentsOf: url, encoding: .utf8) }
    }
  }
}
