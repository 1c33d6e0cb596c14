import Foundation
import Testing

/// The page about languages runs as it is written, on made-up captions.
@Suite struct LanguagesTutorialTests {
  @Test func commandsRunAsWritten() throws {
    let commands = try TutorialTests.commands(of: "Documentation/Languages.md")
    #expect(commands.count == 2)
    let options = (LanguagesTests.settings + ["teacherSteps=6", "steps=4"])
      .map { " --set '\($0)'" }.joined()
    try withScratchFolder { folder in
      try LanguagesTests.write(to: folder.appendingPathComponent(".data/languages"))
      try FileManager.default.copyItem(
        at: DocumentationTests.checkout.appendingPathComponent("Recipes"),
        to: folder.appendingPathComponent("Recipes")
      )
      for (command, words) in zip(commands, ["than on the labels alone", "numbers stand"]) {
        let full = command.hasPrefix("distill run") ? command + options : command
        let output = try TutorialTests.output(of: full, in: folder)
        #expect(output.contains(words), "\(command)\n\(output)")
      }
    }
  }
}
