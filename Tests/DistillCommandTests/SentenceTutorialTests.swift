import Foundation
import Testing

/// The page about sentences runs as it is written, with a made-up teacher.
@Suite struct SentenceTutorialTests {
  @Test func commandsRunAsWritten() throws {
    let commands = try TutorialTests.commands(of: "Documentation/Sentences.md")
    #expect(commands.count == 3)
    let options = SentenceTests.settings.map { " --set '\($0)'" }.joined()
    try withScratchFolder { folder in
      try SentenceTests.write(to: folder.appendingPathComponent(".data"))
      try FileManager.default.copyItem(
        at: DocumentationTests.checkout.appendingPathComponent("Recipes"),
        to: folder.appendingPathComponent("Recipes")
      )
      for (command, words) in zip(commands, ["rank correlation", "numbers stand"]) {
        let full = command.hasPrefix("distill run") ? command + options : command
        let output = try TutorialTests.output(of: full, in: folder)
        #expect(output.contains(words), "\(command)\n\(output)")
      }
      #expect(try TutorialTests.output(of: commands[2], in: folder).isEmpty)
      let student = folder.appendingPathComponent("runs/sentences/student.onnx")
      #expect(FileManager.default.fileExists(atPath: student.path))
    }
  }
}
