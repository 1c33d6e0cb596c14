import Foundation
import Testing

/// The page about graphs runs as it is written, on a made-up WordNet.
@Suite struct GraphTutorialTests {
  @Test func commandsRunAsWritten() throws {
    let commands = try TutorialTests.commands(of: "Documentation/Graphs.md")
    #expect(commands.count == 4)
    let small =
      "nodes=0 features=32 test=60 unseen=40 validation=40 seeds=1 steps=40 teacherSteps=40 "
      + "teacherHidden=16 losses=[labels,soft] temperatures=[1] weightDecays=[0]"
    let options = small.split(separator: " ").map { " --set '\($0)'" }.joined()
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
      let expected = ["MLP, soft", "student − control", "numbers stand"]
      for (command, words) in zip(commands, expected) {
        let full = command.hasPrefix("distill run") ? command + options : command
        let output = try TutorialTests.output(of: full, in: folder)
        #expect(output.contains(words), "\(command)\n\(output)")
      }
      #expect(try TutorialTests.output(of: commands[3], in: folder).isEmpty)
      let student = folder.appendingPathComponent("runs/graphs/student.onnx")
      #expect(FileManager.default.fileExists(atPath: student.path))
    }
  }
}
