import ArgumentParser
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct ProgramOutputTests {
  @Test(
    "the folder after --resume= is kept whatever follows",
    arguments: [["demo"], ["compress"], ["predictive"], ["run"]]
  )
  func resume(command: [String]) throws {
    for rest in [[], ["--threads", "1"], ["--quiet"]] {
      let arguments = Program.separated(command + ["--resume=runs/mine"] + rest)
      let parsed = try Program.parseAsRoot(arguments)
      let resume =
        switch parsed {
        case let parsed as DemoCommand: parsed.place.resume
        case let parsed as CompressCommand: parsed.place.resume
        case let parsed as PredictiveCommand: parsed.place.resume
        case let parsed as RunCommand: parsed.place.resume
        default: nil as ResumedRun?
        }
      #expect(resume == .folder("runs/mine"), "\(command) \(rest)")
    }
    #expect(Program.separated(["--", "--resume=a"]) == ["--", "--resume=a"])
  }

  @Test(
    "results that cannot be written are a failure",
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full here")
  )
  func lostResults() throws {
    for arguments in [["--version"], ["--help"], ["doctor"]] {
      let process = Process()
      process.executableURL = ProgramTests.program
      process.arguments = arguments
      process.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
      let errors = Pipe()
      process.standardError = errors
      try process.run()
      let said = try errors.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      #expect(process.terminationStatus == 1, "\(arguments)")
      let reason = "distill: cannot write to standard output: no space left on device\n"
      #expect(String(decoding: said, as: UTF8.self).hasSuffix(reason), "\(arguments)")
    }
  }

  @Test("a standard output that is closed is not a file that is opened later")
  func closedOutput() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data.csv")
      try Data("x,y\n1,0\n2,1\n3,0\n".utf8).write(to: data)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = [
        "-c", #"exec "$@" >&-"#, "sh", ProgramTests.program.path, "predictive", "--data", data.path,
        "--outcome", "y", "--draws-count", "20", "--burn-in", "20", "--steps", "5", "--out",
        scratch.path + "/run",
      ]
      let errors = Pipe()
      process.standardError = errors
      try process.run()
      let said = try errors.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 1)
      let reason = "distill: cannot write to standard output: bad file descriptor\n"
      #expect(String(decoding: said, as: UTF8.self).hasSuffix(reason))
    }
  }

  @Test("a limit on the size of files is an error of what is written, and kills nothing")
  func limitedFiles() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data.csv")
      try Data("x,y\n1,0\n2,1\n".utf8).write(to: data)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = [
        "-c", #"ulimit -f 0; exec "$@""#, "sh", ProgramTests.program.path, "predictive", "--data",
        data.path, "--outcome", "y", "--out", scratch.path + "/run",
      ]
      let errors = Pipe()
      process.standardError = errors
      try process.run()
      let said = try errors.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 1)
      let text = String(decoding: said, as: UTF8.self)
      #expect(text.contains("\ndistill: cannot write '\(scratch.path)/run/"))
      #expect(text.hasSuffix("File too large\n"))
    }
  }
}
