import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Runs that were begun in one folder, with relative paths, and are resumed in another.
@Suite struct ElsewhereTests {
  private func run(_ arguments: [String], in folder: URL) throws -> (code: Int32, errors: String) {
    let process = Process()
    process.executableURL = ProgramTests.program
    process.arguments = arguments + ["--threads", "1"]
    process.currentDirectoryURL = folder
    process.standardOutput = FileHandle.nullDevice
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let text = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self))
  }

  private func folders(_ scratch: URL) throws -> (here: URL, there: URL) {
    let (here, there) = (
      scratch.appendingPathComponent("here"), scratch.appendingPathComponent("there")
    )
    for folder in [here, there] {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    return (here, there)
  }

  /// Says of a finished run that it is not.
  private func reopen(_ folder: URL) throws {
    let file = folder.appendingPathComponent(RunFolder.state)
    let text = try String(contentsOf: file, encoding: .utf8)
    let opened = text.replacing(#""isFinished":true"#, with: #""isFinished":false"#)
    #expect(opened != text)
    try Data(opened.utf8).write(to: file)
  }

  @Test func predictiveGoesOn() throws {
    try withScratchFolder { scratch in
      let (here, there) = try folders(scratch)
      let rows = (0..<40).map { "\(Double($0 % 7) / 3),\($0 * 5 % 11 > 4 ? 1 : 0)" }
      try Data((["x,y"] + rows).joined(separator: "\n").utf8)
        .write(to: here.appendingPathComponent("data.csv"))
      let first = try run(
        [
          "predictive", "--data", "data.csv", "--outcome", "y", "--draws-count", "40", "--burn-in",
          "20", "--chains", "2", "--steps", "20", "--out", "run",
        ],
        in: here
      )
      #expect(first.code == 0, "\(first.errors)")
      try reopen(here.appendingPathComponent("run"))
      let second = try run(["predictive", "--resume", "../here/run"], in: there)
      #expect(second.code == 0, "\(second.errors)")
    }
  }

  @Test func compressIsCertifiedAndReplayed() throws {
    try withScratchFolder { scratch in
      let (here, there) = try folders(scratch)
      _ = try CompressWorld(in: here)
      let begun = try run(
        [
          "compress", "--teacher", "teachers", "--teacher-model", CompressWorld.teacherModel,
          "--data", "data", "--student", "mlp:16-4-3", "--steps", "40", "--out", "run",
        ],
        in: here
      )
      #expect(begun.code == 0, "\(begun.errors)")
      try reopen(here.appendingPathComponent("run"))
      for arguments in [
        ["compress", "--resume", "../here/run"],
        ["certify", "../here/run", "--seeds", "2"],
        ["certify", "../here/run", "--seeds", "2", "--out", "own"],
        ["replay", "../here/run/certificate.json", "--out", "replays"],
      ] {
        let ending = try run(arguments, in: there)
        #expect(ending.code == 0, "\(arguments): \(ending.errors)")
      }
      let certificate = there.appendingPathComponent("own/certificate.json").path
      #expect(FileManager.default.fileExists(atPath: certificate))
    }
  }
}
