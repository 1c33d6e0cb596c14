import Distill
import Foundation
import StudentRuntime
import Testing

@testable import DistillCommand

@Suite struct ExportTests {
  /// What the command wrote answers as the run's network does on the run's own images.
  @Test func aRunIsExportedAndUsed() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.normalize = "0.3,0.4"
      let (folder, _) = try world.run(options)
      for format in ["runtime", "c"] {
        try ExportCommand.parse([folder.url.path, "--format", format, "--quiet"]).run()
      }
      #expect(folder.contains("student.c"))

      let network = try ModelSpecification(options.student).module(using: RandomGenerator(seed: 9))
      try network.load(from: folder.file("student.safetensors"))
      let test = try #require(LabelledSource(options.data).test)
      let expected = network((test.inputs - 0.3) / 0.4).softmax().scalars(Float.self)

      let student = try Student(path: folder.file("student.distill").path)
      #expect(student.classes == ["0", "1", "2"] && student.inputCount == 16)
      let pixels = test.inputs.scalars(Float.self)
      let answers = (0..<test.count).flatMap {
        student.predict(Array(pixels[16 * $0..<16 * $0 + 16]))
      }
      for (answer, value) in zip(answers, expected) { #expect(abs(answer - value) < 1e-5) }

      let out = world.folder.appendingPathComponent("p.csv").path
      try PredictCommand.parse([folder.url.path, "--out", out, "--quiet"]).run()
      let table = try CSV.read(from: URL(fileURLWithPath: out))
      #expect(table.columns == ["P(0)", "P(1)", "P(2)"])
      for (answer, value) in zip(table.values.scalars(Double.self), expected) {
        #expect(abs(answer - Double(value)) < 1e-5)
      }
      let images = "\(world.data)/t10k-images-idx3-ubyte.gz"
      let own = try PredictionTable(FinishedStudent(folder.url.path), images)
      #expect(own.rows.count == test.count)
      for (answer, value) in zip(own.rows.joined(), expected) {
        #expect(abs(answer - Double(value)) < 1e-5)
      }
    }
  }

  @Test func whatIsNoRunIsSaid() throws {
    try withScratchFolder { folder in
      _ = #expect(throws: CommandError.self) { try FinishedStudent(folder.path) }
    }
  }
}
