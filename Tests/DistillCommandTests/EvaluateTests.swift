import Distill
import Foundation
import StudentExport
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Runs

/// `distill evaluate` and `distill predict` on students of every application, against the definitions
/// of what they print.
@Suite struct EvaluateTests {
  /// The measures that the command writes, by name.
  private func evaluated(_ arguments: [String], in folder: URL) throws -> [String: Measured] {
    let out = folder.appendingPathComponent("evaluation.json")
    let words = ["evaluate"] + arguments + ["--out", out.path, "--quiet"]
    var command = try Program.parsed(words)
    try command.run()
    let content = try JSONDecoder().decode(Content.self, from: Data(contentsOf: out))
    return Dictionary(uniqueKeysWithValues: content.measures.map { ($0.name, $0) })
  }

  private struct Content: Decodable {
    let measures: [Measured]
  }

  private struct Measured: Decodable {
    struct Value: Decodable {
      let value: Double
      let standardError: Double?
    }
    let name: String
    let student: Value
    let teacher: Value?
  }

  private func predicted(_ arguments: [String], in folder: URL, _ name: String = "p.csv") throws
    -> URL
  {
    let out = folder.appendingPathComponent(name)
    try PredictCommand.parse(arguments + ["--out", out.path, "--quiet"]).run()
    return out
  }

  @Test func aRunOfCompressAndItsExport() throws {
    try withCompressWorld { world in
      var options = world.options()
      options.normalize = "0.3,0.4"
      let (run, _) = try world.run(options)
      let network = try ModelSpecification(options.student).module(using: RandomGenerator(seed: 9))
      try network.load(from: run.file("student.safetensors"))
      let test = try #require(LabelledSource(options.data).test)
      let logs = network((test.inputs - 0.3) / 0.4).cast(to: .float64).logSoftmax().rowsOfScalars
      let labels = test.labels.scalars(Int.self)
      let own = zip(logs, labels).map { $0[$1] }
      let mean = own.reduce(0, +) / Double(own.count)
      let choices = logs.map { row in row.indices.max { row[$0] < row[$1] }! }
      let right = Double(zip(choices, labels).count { $0 == $1 }) / Double(labels.count)
      // A teacher that always says the same.
      let answers = [0.5, 0.3, 0.2]
      let teacher = world.folder.appendingPathComponent("teacher.npy")
      try NumPy.write(
        Tensor(labels.flatMap { _ in answers }, shape: [labels.count, 3]),
        to: teacher
      )
      let divergence =
        logs.reduce(0) { sum, row in
          sum + zip(answers, row).reduce(0) { $0 + $1.0 * (log($1.0) - $1.1) }
        } / Double(labels.count)
      let exported = run.file("student.distill").path
      try ExportCommand.parse([run.url.path, "--format", "runtime", "--quiet"]).run()

      for arguments in [
        [run.url.path], [run.url.path, "--data", world.data],
        [run.file("student.safetensors").path, "--data", world.data],
        [exported, "--data", world.data],
        [exported, "--data", world.data, "--teacher-values", teacher.path],
        [run.url.path, "--data", world.data, "--teacher-values", teacher.path],
      ] {
        let found = try evaluated(arguments, in: world.folder)
        #expect(abs(try #require(found["accuracy"]).student.value - right) < 1e-12, "\(arguments)")
        let probability = try #require(found["log-probability"]).student
        #expect(abs(probability.value - mean) < 1e-5)
        let spread = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count - 1)
        #expect(abs(probability.standardError! - (spread / Double(own.count)).squareRoot()) < 1e-5)
        #expect((0...1).contains(try #require(found["expected calibration error"]).student.value))
        guard arguments.contains("--teacher-values") else { continue }
        #expect(abs(try #require(found["KL(teacher ‖ student)"]).student.value - divergence) < 1e-5)
        let teacherRight = Double(labels.count { $0 == 0 }) / Double(labels.count)
        #expect(abs(try #require(found["accuracy"]?.teacher).value - teacherRight) < 1e-12)
      }

      // Probabilities and classes as every kind of file, from the run and from what was exported.
      let images = "\(world.data)/t10k-images-idx3-ubyte.gz"
      let pixels = world.folder.appendingPathComponent("pixels.npy")
      try NumPy.write((test.inputs * 255).rounded.cast(to: .uint8), to: pixels)
      for student in [run.url.path, exported] {
        for data in [images, pixels.path] {
          let table = try CSV.read(
            from: predicted([student, "--data", data, "--classes"], in: world.folder),
            labels: "label"
          )
          #expect(table.labels == choices.map(String.init))
          for (row, expected) in zip(table.values.rowsOfScalars, logs) {
            for (a, b) in zip(row, expected) { #expect(abs(a - exp(b)) < 1e-5) }
          }
        }
        let array = try NumPy.read(
          from: predicted([student, "--data", images], in: world.folder, "p.npy")
        )
        #expect(array.shape == [labels.count, 3])
        let archive = try NumPy.readArchive(
          from: predicted([student, "--data", images, "--classes"], in: world.folder, "p.npz")
        )
        #expect(archive["labels"]?.scalars(Int.self) == choices)
        #expect(archive["values"]?.shape == [labels.count, 3])
      }
      let said = refusal { try evaluated([exported], in: world.folder) }
      #expect(said?.contains("give the file with --data") == true)
    }
  }

  /// Bytes mean the same to a run, to what is exported of it, and to both where they are evaluated:
  /// pixels for a student of numbers up to 1, and what they are for one of larger numbers.
  @Test(arguments: [1.0, 200.0]) func bytesAreWhatTheyWereInTraining(largest: Double) throws {
    try withScratchFolder { folder in
      let generator = RandomGenerator(seed: 4)
      let inputs = Tensor.uniform([60, 3], using: generator)
      let labels = Tensor((0..<60).map { $0 % 2 })
      let data = folder.appendingPathComponent("data.npz")
      try NumPy.writeArchive(["x": inputs * largest, "y": labels], to: data)
      let answers = folder.appendingPathComponent("answers.npy")
      try NumPy.write(inputs.slicing(0..<2, along: 1) * 4, to: answers)
      let world = try CompressWorld(in: folder)
      var options = world.options()
      (options.teacher, options.teacherModel) = ([], nil)
      options.teacherValues = answers.path
      options.data = DataSource(data.path)
      options.student = "mlp:3-5-2"
      options.normalize = "none"
      let run = try world.run(options).folder
      let exported = run.file("student.distill").path
      try ExportCommand.parse([run.url.path, "--format", "runtime", "--quiet"]).run()
      let bytes = (inputs * 255).rounded.cast(to: .uint8)
      let new = folder.appendingPathComponent("new.npz")
      try NumPy.writeArchive(["x": bytes, "y": labels], to: new)
      let alone = folder.appendingPathComponent("new.npy")
      try NumPy.write(bytes, to: alone)
      let network = MLP([3, 5, 2], using: generator)
      try network.load(from: run.file("student.safetensors"))
      let scaled = bytes.cast(to: .float32) / (largest == 1 ? 255 : 1)
      let expected = network(scaled).softmax().scalars(Float.self)
      let logs = network(scaled).logSoftmax()
      let mean = (0..<60).reduce(0) { $0 + logs[$1][$1 % 2].doubleValue } / 60
      for student in [run.url.path, exported] {
        for path in [alone.path, new.path] {
          let table = try CSV.read(from: predicted([student, "--data", path], in: folder))
          for (a, b) in zip(table.values.scalars(Double.self), expected) {
            #expect(abs(a - Double(b)) < 1e-5, "\(student) \(path)")
          }
        }
        let found = try evaluated([student, "--data", new.path], in: folder)
        #expect(abs(found["log-probability"]!.student.value - mean) < 1e-4, "\(student)")
      }
    }
  }

  /// Columns that are called pixels are bytes to a student of fractions, for every command alike.
  @Test func pixelsOfTablesAreWhatTheyWereInTraining() throws {
    try withScratchFolder { folder in
      let generator = RandomGenerator(seed: 4)
      let bytes = (Tensor.uniform([60, 3], using: generator) * 255).rounded
      func table(_ numbers: Tensor, _ name: String) throws -> String {
        let rows = numbers.cast(to: .float64).rowsOfScalars
        let lines = rows.enumerated().map { index, row in
          "\(row.map { "\($0)" }.joined(separator: ",")),\(index % 2)\n"
        }
        return try written("pixel0,pixel1,pixel2,y\n" + lines.joined(), name, in: folder)
      }
      let data = try table(bytes / 255, "data.csv")
      let answers = folder.appendingPathComponent("answers.npy")
      try NumPy.write(bytes.slicing(0..<2, along: 1) / 64, to: answers)
      let world = try CompressWorld(in: folder)
      var options = world.options()
      (options.teacher, options.teacherModel) = ([], nil)
      options.teacherValues = answers.path
      options.data = DataSource(data, labels: "y")
      options.student = "mlp:3-5-2"
      options.normalize = "none"
      let run = try world.run(options).folder
      let network = MLP([3, 5, 2], using: generator)
      try network.load(from: run.file("student.safetensors"))
      let new = try table(bytes, "new.csv")
      let found = try CSV.read(from: predicted([run.url.path, "--data", new], in: folder))
      let expected = network(bytes / 255).softmax().scalars(Float.self)
      for (a, b) in zip(found.values.scalars(Double.self), expected) {
        #expect(abs(a - Double(b)) < 1e-5)
      }
      let logs = network(bytes / 255).logSoftmax()
      let mean = (0..<60).reduce(0) { $0 + logs[$1][$1 % 2].doubleValue } / 60
      let measured = try evaluated([run.url.path, "--data", new], in: folder)
      #expect(abs(measured["log-probability"]!.student.value - mean) < 1e-4)
      // What says how files are read must be what it was.
      _ = try table(bytes, "data.csv")
      #expect(refusal { try FinishedStudent(run.url.path).inputs(from: new) } != nil)
    }
  }

  /// An example is one with a batch and without.
  @Test func oneExampleNeedsNoBatch() throws {
    try withScratchFolder { folder in
      let file = folder.appendingPathComponent("x.npy")
      for (shape, student, count) in [
        ([16], [1, 4, 4], 1), ([4, 4], [1, 4, 4], 1), ([1, 4, 4], [1, 4, 4], 1), ([16], [16], 1),
        ([3, 16], [1, 4, 4], 3), ([3, 4, 4], [1, 4, 4], 3), ([3], [1], 3), ([1], [1], 1),
      ] {
        let numbers = Tensor.uniform(shape, using: RandomGenerator(seed: 1))
        try NumPy.write(numbers, to: file)
        let inputs = try UnlabelledInputs(shape: student, divisor: 1).read(file.path)
        #expect(inputs.shape == [count, student.reduce(1, *)], "\(shape) \(student)")
        #expect(inputs.scalars(Float.self) == numbers.scalars(Float.self))
      }
      for (shape, part) in [([4, 4], "[examples, 16]"), ([0, 16], "holds no rows")] {
        try NumPy.write(Tensor.zeros(shape), to: file)
        let said = refusal { try UnlabelledInputs(shape: [16], divisor: 1).read(file.path) }
        #expect(said?.contains(part) == true, "\(said ?? "")")
      }
    }
  }

  /// What is wrong with standard input is said of it.
  @Test func standardInputIsCalledSo() throws {
    let file = try InputTable.with("rows.csv") { $0 }
    #expect(file == "rows.csv")
    let said = refusal {
      try InputTable.named("/tmp/rows.csv") { path -> String in
        throw RunError("'\(path!)' is bad")
      }
    }
    #expect(said == "standard input is bad")
  }

  /// A pipe may never end.
  @Test func standardInputHasAnEnd() throws {
    try withScratchFolder { folder in
      let file = URL(fileURLWithPath: try written("x\n1\n", "rows.csv", in: folder))
      func read(_ most: Int) throws -> Data {
        try InputTable.all(of: FileHandle(forReadingFrom: file), atMost: most)
      }
      #expect(try read(4) == Data("x\n1\n".utf8))
      #expect(refusal { try read(3) }?.hasPrefix("standard input has more than 3 bytes") == true)
    }
  }

  @Test func distributionsOfNumbers() throws {
    try withScratchFolder { folder in
      let mixture = MixtureOfRegressions([[1, 0]], .normal, deviations: [2])
      let student = try CompactStudent(.regressions(mixture), inputs: ["x"], hasIntercept: true)
      let json = try written(student.json(), "student.json", in: folder)
      let (xs, ys) = ([0.5, -2, 1, 4], [1.0, 0.3, 6, 3.5])
      let rows = zip(xs, ys).map { "\($0),a,\($1)\n" }.joined()
      let data = try written("x,name,y\n" + rows, "data.csv", in: folder)
      let exported = folder.appendingPathComponent("s.distill").path
      try ExportCommand.parse([json, "--format", "runtime", "--out", exported, "--quiet"]).run()
      func mean(_ value: (Double) -> Double) -> Double {
        zip(xs, ys).map { value(($1 - $0) / 2) }.reduce(0, +) / 4
      }
      let logs = mean { -0.5 * $0 * $0 - 0.5 * log(2 * .pi) - log(2) }
      let score = mean { z in
        let phi = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
        return 2 * (z * erf(z / 2.0.squareRoot()) + 2 * phi - 1 / Double.pi.squareRoot())
      }
      for path in [json, folder.path, exported] {
        let found = try evaluated([path, "--data", data, "--outcome", "y"], in: folder)
        #expect(abs(found["log-probability"]!.student.value - logs) < 1e-6, "\(path)")
        #expect(abs(found["continuous ranked probability score"]!.student.value - score) < 1e-6)
        // |z| ≤ Φ⁻¹(0.95) = 1.645 for all but 2.5.
        #expect(found["share in 90% intervals"]!.student.value == 0.75)
        #expect(
          abs(found["squared error of the mean"]!.student.value - mean { 4 * $0 * $0 }) < 1e-6
        )
      }
      // Predictions of the exported file are the student's.
      let tables = try [json, exported].map {
        try CSV.read(from: predicted([$0, "--data", data, "--log-probability", "y"], in: folder))
      }
      #expect(tables[0].columns == tables[1].columns)
      for (a, b) in zip(
        tables[0].values.scalars(Double.self),
        tables[1].values.scalars(Double.self)
      ) {
        #expect(abs(a - b) < 1e-5)
      }
      #expect(
        refusal { try evaluated([json, "--data", data], in: folder) }?
          .contains("name it with --outcome") == true
      )
    }
  }

  @Test func densities() throws {
    try withScratchFolder { folder in
      let nade = NADE(inputs: 5, hidden: 3, using: RandomGenerator(seed: 1))
      let file = folder.appendingPathComponent("student.safetensors")
      try nade.write(to: file)
      let states = nade.samples(40, seed: 2)
      let logs = nade(states.cast(to: .float32)).scalars(Double.self)
      let data = folder.appendingPathComponent("states.npz")
      try NumPy.writeArchive(["test": states], to: data)
      let table = folder.appendingPathComponent("states.csv")
      try CSV.write(states, columns: ["a", "b", "c", "d", "e"], to: table)
      let exported = folder.appendingPathComponent("nade.distill").path
      try ExportCommand.parse([file.path, "--format", "runtime", "--out", exported, "--quiet"])
        .run()
      for path in [file.path, folder.path, exported] {
        for source in [data.path, table.path, "\(data.path):test"] {
          let found = try evaluated([path, "--data", source], in: folder)["log-probability"]!
            .student
          #expect(abs(found.value - logs.reduce(0, +) / 40) < 1e-5, "\(path) \(source)")
          let rows = try CSV.read(from: predicted([path, "--data", source], in: folder))
          #expect(rows.columns == ["log-probability"])
          for (a, b) in zip(rows.values.scalars(Double.self), logs) { #expect(abs(a - b) < 1e-5) }
        }
      }
      // A MADE, which is not exported, too.
      let made = MADE(inputs: 5, hidden: [7], using: RandomGenerator(seed: 3))
      let other = folder.appendingPathComponent("made.safetensors")
      try made.write(to: other)
      let expected = made.logProbability(states).scalars(Double.self).reduce(0, +) / 40
      let found = try evaluated([other.path, "--data", data.path], in: folder)
      #expect(abs(found["log-probability"]!.student.value - expected) < 1e-5)

      // A density of outcomes.
      let plane = try GaussianMixture(
        weights: [1],
        means: [[1, -2]],
        covariances: [[2, 0.5, 0.5, 1]]
      )
      let json = try written(CompactStudent(.gaussians(plane)).json(), "plane.json", in: folder)
      let points = try written("a,b\n1,-2\n1,-2\n", "points.csv", in: folder)
      let value = try evaluated([json, "--data", points], in: folder)["log-probability"]!.student
      #expect(abs(value.value + log(2 * .pi * 1.75.squareRoot())) < 1e-6)
    }
  }

  @Test func standardInputOfEveryKind() throws {
    try withScratchFolder { folder in
      let student = try CompactStudent(
        .logistics(MixtureOfLogistics([[1, 0.5]])),
        inputs: ["x"],
        hasIntercept: true,
        classes: ["no", "yes"]
      )
      _ = try written(student.json(), "student.json", in: folder)
      try NumPy.write(
        Tensor([1.0, -2], shape: [2, 1]),
        to: folder.appendingPathComponent("x.npy")
      )
      _ = try written("x,label\n1,yes\n-2,no\n", "x.csv", in: folder)
      for name in ["x.npy", "x.csv"] {
        let said = try TutorialTests.output(
          of: "distill predict student.json --data - --classes --out - < \(name)",
          in: folder
        )
        #expect(said.contains(",yes") && said.contains(",no"), "\(said)")
      }
      let said = try TutorialTests.output(
        of: "distill evaluate student.json --data - < x.csv",
        in: folder
      )
      #expect(said.contains("accuracy") && said.contains("1.0000"), "\(said)")
    }
  }

  @Test func whatCannotBeUsedIsSaid() throws {
    try withScratchFolder { folder in
      let text = try written("nothing", "notes.txt", in: folder)
      for path in [text, folder.appendingPathComponent("none").path, folder.path] {
        #expect(refusal { try UsableStudent(path) } != nil)
      }
      let broken = try written("DISTILLS", "broken.distill", in: folder)
      #expect(
        refusal { try UsableStudent(broken) }?.contains("is not the file of a student") == true
      )
      let command = { try Program.parsed(["evaluate", text, "--outcome", "y"]) }
      #expect(throws: (any Error).self) { try command() }
    }
  }
}
