import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// The tutorial's commands, run as written by the built program in a folder of their own.
@Suite struct GenerativeTutorialTests {
  static let page = "Documentation/Generative.md"
  static let data = DocumentationTests.checkout.appendingPathComponent(".data")
  static let hasImages = Diagnosis.missingFashionMNIST(in: data.path + "/fashion-mnist") == nil

  /// The commands of the blocks marked `sh`.
  static func commands() throws -> [String] {
    try DocumentationTests.text(page).components(separatedBy: "```sh\n").dropFirst()
      .compactMap { $0.components(separatedBy: "```").first }
      .flatMap { $0.split(separator: "\n").map(String.init) }
  }

  @Test func everyCommandIsUnderstood() throws {
    let commands = try Self.commands()
    #expect(commands.count == 6)
    for command in commands {
      let words = command.split(separator: " ").map(String.init)
      #expect(words.first == "distill")
      #expect(throws: Never.self) { try Program.parsed(Array(words.dropFirst())) }
    }
  }

  @Test(.enabled(if: hasImages, "Fashion-MNIST is not in .data: make data fetches it"))
  func everyCommandDoesWhatThePageSays() throws {
    try withScratchFolder { folder in
      try FileManager.default.createSymbolicLink(
        at: folder.appendingPathComponent(".data"),
        withDestinationURL: Self.data
      )
      var said = ""
      for command in try Self.commands() {
        let process = Process()
        process.executableURL = ProgramTests.program
        process.arguments = command.split(separator: " ").dropFirst().map(String.init)
        process.currentDirectoryURL = folder
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let text = try output.fileHandleForReading.readToEnd().map {
          String(decoding: $0, as: UTF8.self)
        }
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(command)\n\(text ?? "")")
        said += text ?? ""
      }
      // The lines of tables that the page shows, and the truth in every interval.
      let shown = try DocumentationTests.text(Self.page).components(separatedBy: "```text\n")
      for block in shown.dropFirst() {
        let line = try #require(block.split(separator: "\n").first)
        let words = line.split(separator: " ").joined(separator: " ")
        #expect(
          said.split(separator: "\n").contains {
            $0.split(separator: " ").joined(separator: " ") == words
          },
          "\(line)"
        )
      }
      #expect(said.contains("enumeration") && said.contains("the intervals agree"))
      #expect(!said.contains("DISAGREE"))
      for file in [
        "runs/rbm/rbm.npz", "runs/rbm/rbm.safetensors", "runs/nade/student.safetensors",
        "runs/nade/certificate.json", "runs/nade/report.html", "runs/nade/recipe.yaml",
        "samples.png", "samples.npz", "rbm.png",
      ] {
        let path = folder.appendingPathComponent(file).path
        #expect(FileManager.default.fileExists(atPath: path), "\(file)")
      }
    }
  }
}
