import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Tutorials run as they are written, on small data.
@Suite struct TutorialTests {
  /// The commands of a page, in order: lines that begin with `distill`, and those that a backslash
  /// continues them with.
  static func commands(of page: String) throws -> [String] {
    let blocks = try DocumentationTests.text(page).components(separatedBy: "```")
    let code = stride(from: 1, to: blocks.count, by: 2).map { blocks[$0] }
    return code.flatMap { block in
      block.replacing("\\\n", with: " ").split(separator: "\n").map(String.init)
        .filter { $0.hasPrefix("distill ") }
    }
  }

  /// What a command of a page prints, run in a folder.
  ///
  /// - Returns: Its standard output; the test fails unless it ends well.
  static func output(of command: String, in folder: URL) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.currentDirectoryURL = folder
    let line = command.dropFirst("distill ".count)
    process.arguments = ["-c", "exec '\(ProgramTests.program.path)' \(line)"]
    let (out, errors) = (Pipe(), Pipe())
    process.standardOutput = out
    process.standardError = errors
    try process.run()
    // Neither text fills a pipe.
    let output = String(
      decoding: try out.fileHandleForReading.readToEnd() ?? Data(),
      as: UTF8.self
    )
    let said = String(
      decoding: try errors.fileHandleForReading.readToEnd() ?? Data(),
      as: UTF8.self
    )
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(command)\n\(said)")
    return output
  }

  @Test func manyRunsRunsAsWritten() throws {
    let commands = try Self.commands(of: "Documentation/ManyRuns.md")
    #expect(commands.count == 6)
    try withCompressWorld { world in
      for (name, student) in [("narrow", "mlp:16-3-3"), ("wide", "mlp:16-8-3")] {
        var options = world.options(out: "runs/\(name)")
        options.student = student
        try world.run(options)
      }
      for (command, words) in zip(
        commands,
        [
          ["runs/narrow", "runs/wide"], ["agreement", "finished"],
          ["the same 120", "options.student"], ["answers itself", "teacher's = 1"],
          ["to the teacher"], [],
        ]
      ) {
        let output = try Self.output(of: command, in: world.folder)
        for word in words { #expect(output.contains(word), "\(command)\n\(output)") }
      }
    }
  }

  @Test func compressRunsAsWritten() throws {
    let commands = try Self.commands(of: "Documentation/Compress.md")
    #expect(commands.count == 10)
    try withScratchFolder { folder in
      let data = folder.appendingPathComponent(".data/fashion-mnist")
      try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
      // Ten classes in number, of which three have examples.
      try CompressWorld.write("train", 300, seed: 1, to: data.path, side: 28)
      try CompressWorld.write("t10k", 60, seed: 2, to: data.path, side: 28)
      let images = DocumentationTests.checkout.appendingPathComponent(
        "Tests/ExchangeTests/Fixtures"
      )
      for index in 0..<10 {
        let photos = folder.appendingPathComponent("photos/kind-\(index)")
        try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
        for (number, name) in ["grey.jpg", "rgb.jpg", "rgb-8.png", "palette-4.png"].enumerated() {
          try FileManager.default.copyItem(
            at: images.appendingPathComponent(name),
            to: photos.appendingPathComponent("\(number)-\(name)")
          )
        }
      }
      try Self.writeHouses(in: folder)
      for command in commands {
        let output = try Self.output(of: command, in: folder)
        let word =
          switch command.split(separator: " ")[1] {
          case "evaluate": "log-probability"
          case "predict": nil as String?
          default: command.contains("--task regression") ? "R²" : "agreement"
          }
        #expect(word.map(output.contains) ?? output.isEmpty, "\(command)\n\(output)")
      }
      let predictions = folder.appendingPathComponent("predictions.csv")
      let table = try String(contentsOf: predictions, encoding: .utf8)
      #expect(table.split(whereSeparator: \.isNewline).count == 61)
      let searched = folder.appendingPathComponent("runs/searched/recipe.yaml")
      #expect(try String(contentsOf: searched, encoding: .utf8).contains("chosen:"))
    }
  }

  /// A table of prices by 13 columns, and a program that gives their sum.
  private static func writeHouses(in folder: URL) throws {
    let names = (1...13).map { "x\($0)" } + ["price"]
    let rows = normals(300 * 13, seed: 5)
    let lines = (0..<300).map { row in
      let inputs = rows[(row * 13)..<(row * 13 + 13)]
      return (inputs + [inputs.reduce(0, +)]).map { "\($0)" }.joined(separator: ",")
    }
    let table = ([names.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    let program = """
      import struct, sys
      source, sink = sys.stdin.buffer, sys.stdout.buffer
      while head := source.read(8):
          array = source.read(struct.unpack("<Q", head)[0])
          start = 10 + struct.unpack("<H", array[8:10])[0]
          numbers = struct.unpack("<%df" % ((len(array) - start) // 4), array[start:])
          sums = [sum(numbers[i:i + 13]) for i in range(0, len(numbers), 13)]
          text = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 1), }" % len(sums)
          text += " " * (-(len(text) + 11) % 64) + "\\n"
          array = b"\\x93NUMPY\\x01\\x00" + struct.pack("<H", len(text)) + text.encode()
          array += struct.pack("<%df" % len(sums), *sums)
          sink.write(struct.pack("<Q", len(array)) + array)
          sink.flush()
      """
    for (name, text) in [("houses.csv", table), ("teacher.py", program)] {
      try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
  }

  @Test func certificateRunsAsWritten() throws {
    let commands = try Self.commands(of: "Documentation/Certificate.md")
    #expect(commands.count == 4)
    try withScratchFolder { folder in
      let data = folder.appendingPathComponent(".data/fashion-mnist")
      try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
      try CompressWorld.write("train", 60, seed: 1, to: data.path, side: 28)
      try CompressWorld.write("t10k", 60, seed: 2, to: data.path, side: 28)
      let expected = ["agreement", "student − control", "student − control", "numbers stand"]
      for (command, words) in zip(commands, expected) {
        let output = try Self.output(of: command, in: folder)
        #expect(output.contains(words), "\(command)\n\(output)")
      }
    }
  }
}
