import Foundation
import Testing

/// The page about acoustic models runs as it is written, on made-up words.
@Suite struct AcousticTutorialTests {
  @Test func commandsRunAsWritten() throws {
    let commands = try TutorialTests.commands(of: "Documentation/Acoustic.md")
    #expect(commands.count == 3)
    let options = AcousticTests.settingList.map { " --set \"\($0)\"" }.joined()
    try withScratchFolder { folder in
      try AcousticTests.write(to: folder.appendingPathComponent(".data/speech"))
      try FileManager.default.copyItem(
        at: DocumentationTests.checkout.appendingPathComponent("Recipes"),
        to: folder.appendingPathComponent("Recipes")
      )
      for (command, words) in zip(commands, ["labelled utterances alone (95%", "numbers stand"]) {
        let full = command.hasPrefix("distill run") ? command + options : command
        let output = try TutorialTests.output(of: full, in: folder)
        #expect(output.contains(words), "\(command)\n\(output)")
      }
      #expect(try TutorialTests.output(of: commands[2], in: folder).isEmpty)
      let student = folder.appendingPathComponent("runs/acoustic/student.distill")
      #expect(FileManager.default.fileExists(atPath: student.path))
    }
  }
}
