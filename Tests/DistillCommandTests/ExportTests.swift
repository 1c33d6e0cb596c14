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
      for form in ExportForm.allCases where form != .wasm {
        let command = [folder.url.path, "--format", form.rawValue, "--card", "--quiet"]
        try ExportCommand.parse(command).run()
        let inspection = try Inspection(of: folder.file(form.fileName))
        #expect(inspection.notes["verdict"] == "SAME")
        #expect(inspection.notes["recipe"] == recipe, "\(form)")
        for name in ["certificate", "data", "student", "teacher"] {
          #expect(inspection.notes[name]?.count ?? 0 >= 64, "\(name) of \(form)")
        }
        #expect(inspection.text.contains("verdict: SAME"))
      }
      let card = try String(contentsOf: folder.file("student.onnx.md"), encoding: .utf8)
      for part in ["# student.onnx", "| verdict | SAME |", "    program: \(programVersion)"] {
        #expect(card.contains(part), "\(card)")
      }

      // The weights of the network stay what they were, whatever is exported.
      let own = folder.file("student.safetensors")
      let before = try Data(contentsOf: own)
      for name in [own.path, "\(folder.url.path)/./student.safetensors"] {
        let command = try ExportCommand.parse([folder.url.path, "--format", "c", "--out", name])
        #expect(throws: RunError.self) { try command.run() }
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

      // A table's columns are images' pixels in their order, and that is said.
      let used = try UsableStudent(folder.file("student.distill").path)
      #expect(used.remark(on: "x.CSV.gz")?.contains("in their order") == true)
      #expect(used.remark(on: "x.npy") == nil)

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
        let file = folder.appendingPathComponent("out.distill").path
        #expect(try UsableStudent(file).remark(on: table.path) == nil)
      }

      let nade = NADE(inputs: 5, hidden: 3, using: RandomGenerator(seed: 1))
      try nade.write(to: folder.appendingPathComponent("nade.safetensors"))
      let student = try exported("nade.safetensors")
      let image: [Float] = [1, 0, 0, 1, 1]
      let log = nade.logProbability(Tensor(image, shape: [1, 5])).scalars(Float.self)[0]
      #expect(abs(student.predict(image)[0] - log) < 1e-5)
      #expect(throws: RunError.self) {
        try exported("nade.safetensors", ["--data", table.path])
      }
    }
  }

  /// By their folders and files, and whatever else they may hold.
  @Test func modelsOfDataAreExported() throws {
    try withScratchFolder { folder in
      let bits = Tensor([1, 0, 0, 1, 1] as [Float], shape: [1, 5])
      let generator = RandomGenerator(seed: 1)
      let out = folder.appendingPathComponent("out.distill").path
      func exported(_ path: String) throws -> Student {
        try ExportCommand.parse([path, "--format", "runtime", "--out", out, "--quiet"]).run()
        return try Student(path: out)
      }
      let made = MADE(inputs: 5, hidden: [7], using: generator)
      let nade = NADE(inputs: 5, hidden: 3, using: generator)
      let weights = folder.appendingPathComponent("student.safetensors")
      let deep = DeepNADE(inputs: 5, hidden: [4, 3], using: generator)
      let orders = OrderMixture(deep, orders: 3, seed: 2)
      for model in [made, nade, deep, orders] as [any StoredModel] {
        try model.write(to: weights, metadata: [:])
        let log = model.logProbability(bits).scalars(Float.self)[0]
        for path in [folder.path, weights.path] {
          let student = try exported(path)
          #expect(abs(student.predict(bits.scalars(Float.self))[0] - log) < 1e-5)
          // And asked as what it is.
          let used = try RuntimeStudent(out)
          #expect(used.isDensity)
        }
      }
      let real = RNADE(inputs: 5, hidden: 4, components: 2, using: generator)
      try real.write(to: weights, metadata: [:])
      let numbers: [Float] = [0.5, -1, 2, 0, 0.25]
      let log = real.logProbability(Tensor(numbers, shape: [1, 5])).scalars(Float.self)[0]
      #expect(abs(try exported(folder.path).predict(numbers)[0] - log) < 1e-5)
      #expect(refusal { try exported(out) }?.contains("is exported already") == true)
    }
  }

  /// An exported student of classes teaches the next one, with the names that it has.
  @Test func exportedStudentsAreTeachers() throws {
    try withCompressWorld { world in
      let folder = try world.run(world.options()).folder
      try ExportCommand.parse([folder.url.path, "--format", "onnx", "--quiet"]).run()
      var options = world.options(out: "second")
      options.teacher = [folder.file("student.onnx").path]
      options.teacherModel = nil
      let facts = try TeacherFacts(options.teacher)
      #expect(facts.classes == ["0", "1", "2"] && facts.divisor == 255)
      // Scaling is inside, so that any other is warned of.
      #expect(facts.scaling == ExampleScaling())
      try ExportCommand.parse([folder.url.path, "--format", "pytorch", "--quiet"]).run()
      for name in ["student.distill", "student_weights.safetensors"] {
        let other = folder.file(name).path
        if name.hasSuffix("distill") { try Data().write(to: folder.file(name)) }
        #expect(refusal { try TeacherFiles([other]) }?.contains("teach as ONNX") == true, "\(name)")
      }
      let second = try world.run(options).folder
      let plan = try CompressionPlan.recorded(in: second)
      #expect(plan.data.classes == ["0", "1", "2"])
    }
    // Whatever the last operator is, what is called so are probabilities.
    try withScratchFolder { folder in
      for (name, classes) in [("classes", ["no", "yes"]), ("mixture", ["a", "b"])] {
        let generator = RandomGenerator(seed: 3)
        let family: CompactStudent.Family =
          name == "mixture"
          ? .logistics(MixtureOfLogistics([[1, -1], [-3, 0.5]], weights: [1, 3]))
          : .network(PredictiveNetwork(MLP([2, 3, 1], .float64, using: generator), .probabilities))
        let student = try CompactStudent(family, inputs: ["x", "z"], classes: classes)
        let json = try written(student.json(), "student.json", in: folder)
        try ExportCommand.parse([json, "--format", "onnx", "--quiet"]).run()
        let network = try ModelNetwork(contentsOf: folder.appendingPathComponent("student.onnx"))
        #expect(network.meaning == .probabilities, "\(name)")
        let facts = try TeacherFacts([folder.appendingPathComponent("student.onnx").path])
        #expect(facts.classes == classes && facts.features == ["x", "z"])
      }
    }
  }

  /// Recipes of every kind say what taught and on which data, by their hashes.
  @Test func sourcesTravel() throws {
    try withScratchFolder { folder in
      let made = """
        made:
          program: 0.1.0
          data:
          - name: draws.npz
            bytes: 1
            sha256: aa
          - name: rows.csv
            bytes: 2
            sha256: bb
        """
      let recipes = [
        "experiment: predictive\nseed: 3\ndraws:\n  files:\n  - /x/draws.npz\nstudent:\n  loss: jeffreys\n",
        "experiment: generative-fit\nseed: 3\nteacher: x/draws.npz\ndistillation:\n  loss: jeffreys\n",
      ]
      try NADE(inputs: 5, hidden: 3, using: RandomGenerator(seed: 1))
        .write(to: folder.appendingPathComponent("student.safetensors"))
      for recipe in recipes {
        _ = try written(recipe + made, "recipe.yaml", in: folder)
        try ExportCommand.parse([folder.path, "--format", "runtime", "--quiet"]).run()
        let notes = try Inspection(of: folder.appendingPathComponent("student.distill")).notes
        let found = ["teacher", "data", "loss", "seed"].map { notes[$0] }
        #expect(found == ["aa", "bb", "jeffreys", "3"])
        #expect(notes["recipe"] == recipe + made)
      }
      #expect(recordedSources("command: compress").isEmpty)
    }
  }

  /// Modules of Python have names that Python can import, and exported students teach as ONNX.
  @Test func namesAreThoseOfTheirUse() throws {
    for name in ["my-student.py", "a b.py", "student", "1.py", "x/ü.py"] {
      #expect(throws: (any Error).self) {
        try ExportCommand.parse(["run", "--format", "pytorch", "--out", name])
      }
    }
    for name in ["student.py", "/tmp/my run/_a1.py"] {
      _ = try ExportCommand.parse(["run", "--format", "pytorch", "--out", name])
    }
    for name in ["student.distill", "run/student.mlpackage"] {
      #expect(refusal { try TeacherFiles([name]) }?.contains("--format onnx") == true)
    }
  }

  /// None of the files that are written replaces another.
  @Test func filesAreApart() throws {
    try withScratchFolder { folder in
      let path = { (name: String) in folder.appendingPathComponent(name).path }
      try NADE(inputs: 5, hidden: 3, using: RandomGenerator(seed: 1))
        .write(to: folder.appendingPathComponent("nade.safetensors"))
      try Data("mine".utf8).write(to: folder.appendingPathComponent("link.c.md"))
      #expect(symlink("link.c.md", path("link.c")) == 0)
      for words in [
        ["--format", "c", "--card", "--out", path("link.c")],
        ["--format", "wasm", "--out", path("x.js")], ["--format", "wasm", "--out", path("x.html")],
        ["--format", "wasm", "--out", path("x.distill")],
      ] {
        let command = try ExportCommand.parse([path("nade.safetensors"), "--quiet"] + words)
        let said = refusal { try command.run() }
        #expect(said?.contains("would be two of the files") == true, "\(words) \(said ?? "")")
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(Set(left) == ["nade.safetensors", "link.c", "link.c.md"])
      #expect(try String(contentsOfFile: path("link.c.md"), encoding: .utf8) == "mine")
    }
  }

  /// Standard output is one file, and nothing else.
  @Test func standardOutputIsOneFile() throws {
    for words in [
      ["--format", "wasm"], ["--format", "pytorch"], ["--format", "coreml"],
      ["--format", "c", "--card"], ["--format", "c", "--json"],
    ] {
      #expect(throws: (any Error).self) {
        try ExportCommand.parse(["run", "--out", "-"] + words)
      }
    }
    for command in ["evaluate", "generative evaluate"] {
      let words = command.split(separator: " ").map(String.init)
      let teacher = words.count == 2 ? ["--teacher", "rbm.npz"] : []
      let more = ["student.json", "--out", "-"] + teacher
      var parsed = try Program.parsed(words + more)
      #expect(refusal { try parsed.run() }?.hasPrefix("--out - is standard output") == true)
    }
    #expect(
      refusal { _ = try RunFolder.create(for: "demo", at: "-", recipe: "") }?
        .hasPrefix("'-' is standard output") == true
    )
  }

  /// Names that would be two lines of a file of students are refused before anything is trained.
  @Test func classesAreLines() throws {
    try withScratchFolder { folder in
      let rows = (0..<40).map { "\($0),\($0 % 2 == 0 ? "\"a\nb\"" : "c")\n" }.joined()
      let data = try written("x,label\n" + rows, "data.csv", in: folder)
      try NumPy.write(
        Tensor.normal([40, 2], using: RandomGenerator(seed: 1)),
        to: folder.appendingPathComponent("answers.npy")
      )
      var options = CompressOptions()
      options.teacherValues = folder.appendingPathComponent("answers.npy").path
      options.data = DataSource(data)
      options.student = "mlp:1-4-2"
      options.budget = Budget(5, .steps)
      options.out = folder.appendingPathComponent("run").path
      let world = try CompressWorld(in: folder)
      let said = refusal { try world.run(options) }
      let part = #"names a class "a\nb", which is no single line"#
      #expect(said?.contains(part) == true, "\(said ?? "")")
      #expect(!FileManager.default.fileExists(atPath: options.out!))
    }
  }

  /// Students as JSON are not taken for draws.
  @Test func jsonIsInspected() throws {
    try withScratchFolder { folder in
      let student = try CompactStudent(
        .logistics(MixtureOfLogistics([[1, -1]], weights: [1])),
        inputs: ["x"],
        hasIntercept: true,
        classes: ["no", "yes"]
      )
      let json = try written(student.json(), "student.json", in: folder)
      let own = try Inspection(of: URL(fileURLWithPath: json))
      #expect(own.format == "student" && own.notes["classes"] == "no, yes")
      try ExportCommand.parse([json, "--format", "json", "--quiet"]).run()
      let exported = try Inspection(of: folder.appendingPathComponent("operations.json"))
      #expect(exported.format == "student" && exported.notes["operations"] == "linear, linear")
      #expect(exported.notes["student"]?.count == 64 && exported.text.hasPrefix("student\n"))
      let cut = try Data(contentsOf: folder.appendingPathComponent("operations.json")).dropLast(50)
      let damaged = folder.appendingPathComponent("damaged.json")
      try cut.write(to: damaged)
      #expect(refusal { _ = try Inspection(of: damaged) }?.contains("\n") == false)
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
        ("student.c.md", ["--format", "c", "--card", "--out", path("student.c")]),
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
      _ = #expect(throws: RunError.self) { try FinishedStudent(folder.path) }
    }
  }
}
