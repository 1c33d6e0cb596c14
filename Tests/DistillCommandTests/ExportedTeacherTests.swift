import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Programs that PyTorch exported as teachers of `distill compress`.
@Suite struct ExportedTeacherTests {
  static let file = DocumentationTests.checkout
    .appendingPathComponent("Tests/ModelFilesTests/Fixtures/teacher.pt2")

  /// Images as the fixture knows them, and options that take no time.
  private func withImages(
    side: Int = 28,
    _ body: (CompressWorld, CompressOptions) throws -> Void
  ) throws {
    try withCompressWorld { world in
      let data = world.folder.appendingPathComponent("images").path
      try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
      try CompressWorld.write("train", 300, seed: 1, to: data, side: side)
      try CompressWorld.write("t10k", 120, seed: 2, to: data, side: side)
      var options = world.options()
      options.teacher = [Self.file.path]
      options.teacherModel = nil
      options.data = DataSource(data)
      options.student = "mlp:784-8-10"
      try body(world, options)
    }
  }

  @Test func teachesWithDerivativesAndIsCertified() throws {
    try withImages { world, options in
      var options = options
      options.teacherAccuracy = "0.95"
      options.loss = "softCrossEntropy + 0.1 * derivativeSquaredError"
      options.certifiedSeeds = 2
      let (folder, said) = try world.run(options)
      #expect(said.text.contains("the teacher's accuracy is"))
      #expect(said.text.contains("class 0, class 1, class 2"))
      #expect(said.text.contains("from 0 to 255, divided by 255"))
      let plan = try CompressionPlan.recorded(in: folder)
      #expect(plan.teacher.model == nil)
      #expect(plan.data.classes[2] == "class 2")
      #expect(
        try Recipe<CompressionPlan>(yaml: CompressionPlan.recordedRecipe(in: folder).yaml())
          .options == plan
      )
      let result = try #require(said.lines.first { $0.contains("\"event\":\"result\"") })
      let object = try JSONSerialization.jsonObject(with: Data(result.utf8)) as? [String: Any]
      let scores = try #require(object?["scores"] as? [[String: Any]])
      #expect(scores.last?["parameters"] as? Int == 4 * 49 + 4 + 640 + 10)
      #expect(folder.contains("certificate.json"))
    }
  }

  /// Convolution, softplus and the last layer by hand.
  @Test func isWhatItsWeightsSay() throws {
    let graph = try ExportedProgram.read(from: Self.file)
    let kept = Dictionary(uniqueKeysWithValues: graph.namedWeights.map { ($0.path, $0.tensor) })
    let images = Tensor.uniform([5, 784], using: RandomGenerator(seed: 3))
    let hidden = images.reshaped(to: [5, 1, 28, 28])
      .convolved2D(with: kept["0.weight"]!, bias: kept["0.bias"], stride: 7)
    let right = (hidden.exponential + 1).logarithm.reshaped(to: [5, 64])
      .linear(weight: kept["3.weight"]!, bias: kept["3.bias"])
    let found = try ModuleTeacher(ModelNetwork(graph)).observe(images).values
    #expect((found - right).magnitude.maximum().doubleValue < 1e-5)
  }

  @Test func aLayerOfTheProgramMayBeNamed() throws {
    try withImages { world, options in
      var options = options
      options.loss = "softCrossEntropy + 0.1 * hints(of: 1 -> 2)"
      let (folder, _) = try world.run(options)
      #expect(folder.contains("student.safetensors"))
      options.loss = "hints(of: 1 -> 9)"
      options.out! += "-b"
      let sentence = refusal { try world.run(options) }
      #expect(
        sentence?.contains("0 (4×4×4), 1 (4×4×4), 2 (64), 3 (10)") == true,
        "\(sentence ?? "")"
      )
    }
  }

  @Test func twoProgramsAreAnEnsemble() throws {
    try withImages { world, options in
      var options = options
      let other = world.folder.appendingPathComponent("other.pt2")
      try FileManager.default.copyItem(at: Self.file, to: other)
      options.teacher.append(other.path)
      let (_, said) = try world.run(options)
      #expect(said.text.contains("an ensemble of 2"))
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    try withImages { world, options in
      let refusals: [(String, (inout CompressOptions) -> Void)] = [
        ("leave out --teacher-model", { $0.teacherModel = "mlp:784-10" }),
        ("has 3 outputs and the teacher 10", { $0.student = "mlp:784-8-3" }),
        ("make no ensemble", { $0.teacher.append(world.teachers + "/a.safetensors") }),
        (
          "takes inputs of 1x28x28 and an input of the data is 1x4x4",
          { ($0.data, $0.student) = (DataSource(world.data), "mlp:16-8-10") }
        ),
        (
          "it was exported in training mode",
          {
            $0.teacher = [
              Self.file.deletingLastPathComponent().appendingPathComponent("refused-training.pt2")
                .path
            ]
          }
        ),
        (
          "takes 2 inputs (inputs_0, inputs_1)",
          {
            $0.teacher = [
              Self.file.deletingLastPathComponent().appendingPathComponent("two-inputs.pt2").path
            ]
          }
        ),
      ]
      for (words, change) in refusals {
        var options = options
        change(&options)
        let sentence = refusal { try world.run(options) }
        #expect(sentence?.contains(words) == true, "\(sentence ?? "no refusal")")
        #expect(sentence?.contains("\n") == false)
        #expect(!FileManager.default.fileExists(atPath: options.out!))
      }
    }
  }

  @Test func inspectionShowsWhatIsInside() throws {
    let inspection = try Inspection(of: Self.file)
    let text = inspection.text
    for line in [
      "exported PyTorch program, 850 numbers", "input: input float32 [any, 1, 28, 28]",
      "850 parameters, 3,400 bytes, 3,776 multiply–adds for one example",
      "layers to name in losses: 0, 1, 2, 3", "divisor: 255",
    ] { #expect(text.contains(line), "\(text)") }
    #expect(text.contains("output: linear float32 [any, 10]"))
    #expect(inspection.model?.operators.contains { $0.name == "aten::softplus" } == true)
    #expect(text.split(separator: "\n").allSatisfy { !$0.isEmpty })
  }

  @Test func theTutorialRunsAsWritten() throws {
    let commands = try TutorialTests.commands(of: "Documentation/TeachersAsFiles.md")
    #expect(commands.count == 4)
    try withScratchFolder { folder in
      let data = folder.appendingPathComponent(".data/fashion-mnist")
      try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
      try CompressWorld.write("train", 300, seed: 1, to: data.path, side: 28)
      try CompressWorld.write("t10k", 60, seed: 2, to: data.path, side: 28)
      try FileManager.default.copyItem(
        at: Self.file,
        to: folder.appendingPathComponent("net.pt2")
      )
      let expected = ["multiply–adds", "agreement", "agreement", "student − control"]
      for (command, words) in zip(commands, expected) {
        let output = try TutorialTests.output(of: command, in: folder)
        #expect(output.contains(words), "\(command)\n\(output)")
      }
    }
  }
}
