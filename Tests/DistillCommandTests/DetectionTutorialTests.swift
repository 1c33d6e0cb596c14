import Foundation
import Testing

/// The page about detection runs as it is written, on made-up garments.
@Suite struct DetectionTutorialTests {
  @Test func commandsRunAsWritten() throws {
    let commands = try TutorialTests.commands(of: "Documentation/Detection.md")
    #expect(commands.count == 3)
    let options = (DetectionTests.settingList + ["teacherSteps=20", "steps=12"])
      .map { " --set '\($0)'" }.joined()
    try withScratchFolder { folder in
      try DetectionTests.write(to: folder.appendingPathComponent(".data/fashion-mnist"))
      try FileManager.default.copyItem(
        at: DocumentationTests.checkout.appendingPathComponent("Recipes"),
        to: folder.appendingPathComponent("Recipes")
      )
      for (command, words) in zip(commands, ["without one (95%", "numbers stand"]) {
        let full = command.hasPrefix("distill run") ? command + options : command
        let output = try TutorialTests.output(of: full, in: folder)
        #expect(output.contains(words), "\(command)\n\(output)")
      }
      #expect(try TutorialTests.output(of: commands[2], in: folder).isEmpty)
      let student = folder.appendingPathComponent("runs/detection/student.onnx")
      #expect(FileManager.default.fileExists(atPath: student.path))
    }
  }
}
