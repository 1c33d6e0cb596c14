import Foundation
import Testing

/// The page about sequences runs as it is written, on a made-up WordNet.
@Suite struct SequencesTutorialTests {
  @Test func commandsRunAsWritten() throws {
    let commands = try TutorialTests.commands(of: "Documentation/Sequences.md")
    #expect(commands.count == 3)
    let options = (SequencesTests.settings + ["teacherSteps=20", "steps=6"])
      .map { " --set '\($0)'" }.joined()
    try withScratchFolder { folder in
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent(".data"),
        withIntermediateDirectories: true
      )
      try FileManager.default.copyItem(
        atPath: GraphExperimentTests.data,
        toPath: folder.appendingPathComponent(".data/wordnet").path
      )
      try FileManager.default.copyItem(
        at: DocumentationTests.checkout.appendingPathComponent("Recipes"),
        to: folder.appendingPathComponent("Recipes")
      )
      for (command, words) in zip(commands, ["without a teacher (95%", "numbers stand"]) {
        let full = command.hasPrefix("distill run") ? command + options : command
        let output = try TutorialTests.output(of: full, in: folder)
        #expect(output.contains(words), "\(command)\n\(output)")
      }
      #expect(try TutorialTests.output(of: commands[2], in: folder).isEmpty)
      let student = folder.appendingPathComponent("runs/sequences/student.c")
      #expect(FileManager.default.fileExists(atPath: student.path))
    }
  }
}
