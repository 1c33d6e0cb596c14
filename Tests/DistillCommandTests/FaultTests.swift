import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// A few of the points at which `make faults` ends a run.
@Suite struct FaultTests {
  private static let isPossible =
    FileManager.default.fileExists(atPath: "/proc/self")
    && ["cc", "python3"].allSatisfy { program in
      (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

  @Test(
    .enabled(if: isPossible, "needs Linux, a C compiler and Python"),
    arguments: ["predictive-density", "generative-train", "compress-command"]
  )
  func runsSurviveBeingKilledAndStarved(command: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "-B", DocumentationTests.checkout.path + "/Tools/faults/prove.py",
      ProgramTests.program.path, "--only", command, "--points", "6", "--faults",
      "kill,full",
    ]
    let said = Pipe()
    process.standardOutput = said
    process.standardError = said
    try process.run()
    let text = try said.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(String(decoding: text, as: UTF8.self))")
  }
}
