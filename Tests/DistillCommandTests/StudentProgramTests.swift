import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Networks that PyTorch exported as students of `distill compress`, and first weights from files.
@Suite struct StudentProgramTests {
  private static let file = DocumentationTests.checkout
    .appendingPathComponent("Tests/ModelFilesTests/Fixtures/trained/student.pt2")

  @Test func learnsAndIsWrittenAsItCame() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.student = Self.file.path
      options.certifiedSeeds = 2
      let before = try Data(contentsOf: Self.file)
      let (folder, said) = try world.run(options)
      #expect(said.text.contains("student.pt2, as torch.export.load reads it"))
      #expect(try Data(contentsOf: Self.file) == before)
      // It learnt: the program that is written says what the student says, and more than it began with.
      let place = world.folder.appendingPathComponent("elsewhere")
      try FileManager.default.moveItem(at: folder.url, to: place)
      let student = try FinishedStudent(place.path)
      let inputs = try LabelledSource(DataSource(world.data)).training.inputs
      let written = try ModelNetwork(
        contentsOf: place.appendingPathComponent("student.pt2"),
        exampleShape: [1, 4, 4]
      )
      let scaled = student.plan.data.scaling.apply(to: inputs, shape: [1, 4, 4])
      #expect(written(scaled).largestDifference(from: student.network(scaled)) == 0)
      #expect(written.graph.notes["classes"] == "0\n1\n2" && written.graph.notes["divisor"] != nil)
      let began = try ModelNetwork(contentsOf: Self.file, exampleShape: [1, 4, 4])
      #expect(written(scaled).largestDifference(from: began(scaled)) > 0.1)
      // It cannot be exported in another form, and that is said.
      let refusal = #expect(throws: RunError.self) { try student.graph() }
      #expect(refusal.map { "\($0)".contains("student.pt2") } == true)
      #expect(try CertifyTests().replay(place.path).stands)
      // It teaches another student.
      var next = world.options(out: "next")
      next.teacher = [place.path]
      next.teacherModel = nil
      #expect(try world.run(next).folder.contains("student.safetensors"))
    }
  }

  @Test func aStoppedRunIsResumed() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.student = Self.file.path
      let whole = try world.run(options).folder
      options.out = world.folder.appendingPathComponent("stopped").path
      let folder = try world.stoppedAndResumed(options)
      for file in ["student.safetensors", "student.pt2"] {
        #expect(try Data(contentsOf: folder.file(file)) == Data(contentsOf: whole.file(file)))
      }
    }
  }

  /// By the recipe in its folder, wherever that is started from.
  @Test func aRunIsRepeated() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.student = Self.file.path
      let folder = try world.run(options).folder
      let again = world.folder.appendingPathComponent("again").path
      let text = try folder.recipeText()
      #expect(
        try repeatCompress(text, in: folder.url.path, [], nil, at: again, on: .cpu, .silent)
      )
      let copy = RunFolder(url: URL(fileURLWithPath: again), command: "compress")
      for file in ["student.safetensors", "student.pt2", "network.pt2"] {
        #expect(try Data(contentsOf: folder.file(file)) == Data(contentsOf: copy.file(file)))
      }
    }
  }

  @Test func anotherNetworkInTheFolderIsNoticed() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.student = Self.file.path
      let folder = try world.run(options).folder
      try Data(contentsOf: folder.file("student.pt2")).write(to: folder.file("network.pt2"))
      let error = #expect(throws: FileError.self) { try FinishedStudent(folder.url.path) }
      #expect(error.map { "\($0)".contains("SHA-256") } == true)
    }
  }

  @Test(arguments: [
    (
      "Tests/ModelFilesTests/Fixtures/trained/perceptron.pt2",
      "takes inputs of [6], and these are of [1, 4, 4]"
    ),
    ("Tests/ModelFilesTests/Fixtures/refused-training.pt2", "training mode"),
    ("Tests/ModelFilesTests/Fixtures/none.pt2", "there is no such file"),
  ])
  func whatCannotLearnIsRefused(path: String, says: String) throws {
    try withCompressWorld { world in
      var options = world.options()
      options.student = DocumentationTests.checkout.appendingPathComponent(path).path
      let error = #expect(throws: (any Error).self) { try world.run(options) }
      #expect(error.map { "\($0)".contains(says) } == true, "\(String(describing: error))")
      #expect(!FileManager.default.fileExists(atPath: options.out!))
    }
  }

  /// A step of no size leaves the weights of the file, in student and control.
  @Test func networksBeginWithTheWeightsOfAFile() throws {
    try withCompressWorld { world in
      let own = MLP([16, 4, 3], using: RandomGenerator(seed: 99))
      let file = world.folder.appendingPathComponent("own.safetensors")
      try own.save(to: file)
      var options = world.options()
      options.studentWeights = file.path
      options.trainsControl = true
      options.learningRate = 1e-9
      options.budget = Budget(2, .steps)
      let folder = try world.run(options).folder
      for name in ["student.safetensors", "control.safetensors"] {
        let found = try Safetensors.read(from: folder.file(name)).tensors
        for (path, parameter) in own.namedParameters {
          #expect(found[path]!.largestDifference(from: parameter.value) < 1e-6)
        }
      }
      // Others are refused before anything is written.
      let other = MLP([16, 5, 3], using: RandomGenerator(seed: 1))
      try other.save(to: file)
      options.out = world.folder.appendingPathComponent("other").path
      #expect(throws: (any Error).self) { try world.run(options) }
      #expect(!FileManager.default.fileExists(atPath: options.out!))
    }
  }
}
