import Distill
import Foundation
import StudentExport
import StudentRuntime
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct ExportTests {
  /// What the command wrote answers as the run's network does on the run's own images.
  @Test func aRunIsExportedAndUsed() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.normalize = "0.3,0.4"
      let (folder, _) = try world.run(options)
      for form in ExportForm.allCases {
        try ExportCommand.parse([folder.url.path, "--format", form.rawValue, "--quiet"]).run()
        #expect(folder.contains(form.fileName))
      }
      // Where it comes from travels with it.
      let recipe = try String(contentsOf: folder.file("recipe.yaml"), encoding: .utf8)
      let certificate = folder.file("certificate.json")
      try #"{"verdict": "SAME"}"#.write(to: certificate, atomically: true, encoding: .utf8)
      for form in ["runtime", "onnx"] {
        let command = [folder.url.path, "--format", form, "--card", "--quiet"]
        try ExportCommand.parse(command).run()
        let file = folder.file(try #require(ExportForm(rawValue: form)).fileName)
        let inspection = try Inspection(of: file)
        #expect(inspection.notes["verdict"] == "SAME")
        #expect(inspection.notes["recipe"] == recipe)
        #expect(inspection.text.contains("verdict: SAME"))
      }
      let card = try String(contentsOf: folder.file("student.md"), encoding: .utf8)
      for part in ["# student.onnx", "| verdict | SAME |", "    program: \(programVersion)"] {
        #expect(card.contains(part), "\(card)")
      }

      // The weights of the network stay what they were, whatever is exported.
      let own = folder.file("student.safetensors")
      let before = try Data(contentsOf: own)
      for name in [own.path, "\(folder.url.path)/./student.safetensors"] {
        let command = try ExportCommand.parse([folder.url.path, "--format", "c", "--out", name])
        #expect(throws: CommandError.self) { try command.run() }
      }
      #expect(try Data(contentsOf: own) == before)

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
      let given = try PredictionTable(UsableStudent(folder.url.path), images, PredictionRequest())
      #expect(given.rows.count == test.count)
      for (answer, value) in zip(given.rows.joined(), expected) {
        #expect(abs(answer - Double(value)) < 1e-5)
      }
    }
  }

  /// Students of the other applications leave by the same command and answer as they do.
  @Test func predictiveStudentsAndNADEsAreExported() throws {
    try withScratchFolder { folder in
      func exported(_ name: String, _ more: [String] = []) throws -> Student {
        let out = folder.appendingPathComponent("out.distill").path
        let path = folder.appendingPathComponent(name).path
        try ExportCommand.parse([path, "--format", "runtime", "--out", out, "--quiet"] + more).run()
        return try Student(path: out)
      }
      // P(yes | 2) = 0.25 σ(1·2 − 1) + 0.75 σ(−3·2 + 0.5).
      let mixture = MixtureOfLogistics([[1, -1], [-3, 0.5]], weights: [1, 3])
      let compact = try CompactStudent(
        .logistics(mixture),
        inputs: ["x"],
        hasIntercept: true,
        classes: ["no", "yes"]
      )
      let json = folder.appendingPathComponent("student.json")
      try compact.json().write(to: json, atomically: true, encoding: .utf8)
      let table = folder.appendingPathComponent("rows.csv")
      try "other,x\n1,2\n3,4\n".write(to: table, atomically: true, encoding: .utf8)
      let expected = 0.25 / (1 + exp(-1.0)) + 0.75 / (1 + exp(5.5))
      // By its file, by its folder, and compared on rows of a table.
      for (name, more) in [
        ("student.json", []), ("", []), ("student.json", ["--data", table.path]),
      ] {
        let student = try exported(name, more)
        #expect(student.classes == ["no", "yes"])
        #expect(abs(Double(student.predict([2])[1]) - expected) < 1e-6)
      }

      let nade = NADE(inputs: 5, hidden: 3, using: RandomGenerator(seed: 1))
      try nade.write(to: folder.appendingPathComponent("nade.safetensors"))
      let student = try exported("nade.safetensors")
      let image: [Float] = [1, 0, 0, 1, 1]
      let log = nade.logProbability(Tensor(image, shape: [1, 5])).scalars(Float.self)[0]
      #expect(abs(student.predict(image)[0] - log) < 1e-5)
      #expect(throws: CommandError.self) {
        try exported("nade.safetensors", ["--data", table.path])
      }
    }
  }

  /// A folder may be another's, with links planted under the names that are written there.
  @Test func onlyANamedFileIsWrittenThroughALink() throws {
    try withScratchFolder { folder in
      let path = { (name: String) in folder.appendingPathComponent(name).path }
      let nade = NADE(inputs: 5, hidden: 3, using: RandomGenerator(seed: 1))
      try nade.write(to: folder.appendingPathComponent("nade.safetensors"))
      try Data("mine".utf8).write(to: folder.appendingPathComponent("outside"))
      func export(_ words: [String]) throws {
        try ExportCommand.parse([path("nade.safetensors"), "--quiet"] + words).run()
      }
      for (link, words) in [
        ("student.c", ["--format", "c"]), ("student.js", ["--format", "wasm"]),
        ("student_weights.safetensors", ["--format", "pytorch"]),
        ("student.md", ["--format", "c", "--card", "--out", path("student.c")]),
      ] {
        #expect(symlink("outside", path(link)) == 0)
        #expect(
          refusal { try export(words) }?.hasPrefix("'\(path(link))' is a symbolic link") == true
        )
        #expect(try String(contentsOfFile: path("outside"), encoding: .utf8) == "mine")
        unlink(path(link))
      }
      #expect(symlink("outside", path("named.c")) == 0)
      try export(["--format", "c", "--out", path("named.c")])
      #expect(try String(contentsOfFile: path("outside"), encoding: .utf8).contains("predict"))
    }
  }

  @Test func whatIsNoRunIsSaid() throws {
    try withScratchFolder { folder in
      _ = #expect(throws: CommandError.self) { try FinishedStudent(folder.path) }
    }
  }
}
