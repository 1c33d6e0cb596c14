import Distill
import Foundation
import StudentExport
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Labels of which an example may have several: from the plan to the export.
@Suite struct LabelTaskTests {
  private struct World {
    let base: CompressWorld
    let teacher: MLP
    let inputs: Tensor
    let labels: Tensor

    /// 400 rows of six numbers with three labels, drawn as the teacher says.
    init(_ base: CompressWorld) throws {
      self.base = base
      let generator = RandomGenerator(seed: 4)
      inputs = Tensor.normal([400, 6], using: generator)
      teacher = MLP([6, 16, 3], using: RandomGenerator(seed: 8))
      for parameter in teacher.parameters { parameter.replace(with: parameter.value * 3) }
      try teacher.save(to: base.folder.appendingPathComponent("teacher.safetensors"))
      let shares = teacher(inputs).sigmoid
      labels = (Tensor.uniform([400, 3], using: generator) .< shares).cast(to: .uint8)
      try NumPy.writeArchive(["x": inputs, "y": labels], to: url("data.npz"))
      try NumPy.write(inputs, to: url("x.npy"))
      try NumPy.write(labels, to: url("y.npy"))
      try NumPy.write(shares, to: url("shares.npy"))
      try CSV.write(
        Tensor.concatenated([inputs, labels.cast(to: .float32)], along: 1).cast(to: .float64),
        columns: ["a", "b", "c", "d", "e", "f", "cat", "dog", "fox"],
        to: url("data.csv")
      )
    }

    func url(_ name: String) -> URL { base.folder.appendingPathComponent(name) }
    func path(_ name: String) -> String { url(name).path }

    func options(out: String = "run") -> CompressOptions {
      var options = base.options(out: out)
      options.teacher = [path("teacher.safetensors")]
      options.teacherModel = "mlp:6-16-3"
      options.data = DataSource(path("data.npz"), labels: "y", images: "x")
      options.data.classes = ["cat", "dog", "fox"]
      options.task = .labels
      options.student = "mlp:6-24-3"
      options.budget = Budget(600, .steps)
      options.learningRate = 1e-2
      options.keep = .best
      return options
    }
  }

  private func withWorld<Result>(_ body: (World) throws -> Result) throws -> Result {
    try withCompressWorld { try body(World($0)) }
  }

  private func scores(_ said: Transcript) throws -> [[String: Any]] {
    let line = try #require(said.lines.first { $0.contains("\"event\":\"result\"") })
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    return try #require(object?["scores"] as? [[String: Any]])
  }

  private func mean(_ score: [String: Any], _ name: String) throws -> Double {
    let estimate = try #require(score[name] as? [String: Any], "\(name) in \(score.keys)")
    return try #require(estimate["mean"] as? Double)
  }

  /// What is said of the test examples is what its own weights say of them.
  @Test func studentsLearnLabels() throws {
    try withWorld { world in
      var options = world.options()
      options.trainsControl = true
      let (folder, said) = try world.base.run(options)
      let found = try scores(said)
      #expect(found.map { $0["name"] as? String } == ["student", "control", "teacher"])
      #expect(try mean(found[0], "agreement") > 0.9)
      #expect(try mean(found[0], "divergence") < mean(found[1], "divergence"))
      let plan = try CompressionPlan.recorded(in: folder)
      #expect(plan.data.task == .labels && plan.data.classes == ["cat", "dog", "fox"])
      #expect(plan.loss == "binaryCrossEntropy" && plan.controlLoss == "binaryCrossEntropy")
      let network = MLP([6, 24, 3], using: RandomGenerator(seed: 0))
      try network.load(from: folder.file("student.safetensors"))
      let test = try #require(CompressionData(plan.data, on: .cpu).targets).test
      let inputs = try CompressionData(plan.data, on: .cpu).test.inputs
      let own = network(inputs)
      let hits = ((own .> 0).cast(to: .float32) * test).sum().doubleValue
      let all = ((own .> 0).cast(to: .float32) + test).sum().doubleValue
      #expect(abs(try mean(found[0], "microF1") - 2 * hits / all) < 1e-9)
      let table = try String(contentsOf: folder.file("table.txt"), encoding: .utf8)
      #expect(table.contains("mean average precision") && table.contains("gain, macro F1"))
      let page = try String(contentsOf: folder.file("report.html"), encoding: .utf8)
      #expect(page.contains("By label") && page.contains("fox"))
    }
  }

  /// Logits, probabilities, a store and a table are one teacher, and one set of labels.
  @Test func teachersAndDataComeInEveryForm() throws {
    try withWorld { world in
      let first = try world.base.run(world.options()).folder
      let right = try NamedWeights(contentsOf: first.file("student.safetensors")).entries
      var others: [CompressOptions] = []
      var table = world.options(out: "table")
      table.data = DataSource(world.path("data.csv"), labels: "cat,dog,fox")
      others.append(table)
      var arrays = world.options(out: "arrays")
      arrays.data = DataSource(world.path("x.npy"), labels: world.path("y.npy"))
      arrays.data.streams = true
      others.append(arrays)
      var values = world.options(out: "values")
      (values.teacher, values.teacherModel) = ([], nil)
      values.teacherValues = world.path("shares.npy")
      others.append(values)
      var observed = ObserveOptions(
        teacher: world.options().teacher,
        data: world.options().data,
        out: world.path("store")
      )
      (observed.teacherModel, observed.task) = ("mlp:6-16-3", .labels)
      try observed.run()
      var stored = world.options(out: "stored")
      (stored.teacher, stored.teacherModel) = ([world.path("store")], nil)
      others.append(stored)
      for options in others {
        let folder = try world.base.run(options).folder
        let own = try NamedWeights(contentsOf: folder.file("student.safetensors")).entries
        for (a, b) in zip(own, right) {
          #expect(a.tensor.largestDifference(from: b.tensor) < 2e-3, "\(options.out!)")
        }
      }
      // Without labels the teacher alone is left.
      var alone = world.options(out: "alone")
      alone.data = DataSource(world.path("x.npy"))
      alone.data.targets = TargetKind.none
      let said = try world.base.run(alone).said
      #expect(try mean(scores(said)[0], "agreement") > 0.9)
      #expect(try scores(said)[0]["macroF1"] == nil)
    }
  }

  /// Predictions, evaluation and exported forms are sigmoids of the student's numbers.
  @Test func studentsAreUsedAndExported() throws {
    try withWorld { world in
      let folder = try world.base.run(world.options()).folder
      let network = MLP([6, 24, 3], using: RandomGenerator(seed: 0))
      try network.load(from: folder.file("student.safetensors"))
      let right = network(world.inputs).sigmoid
      try ExportCommand.parse([folder.url.path, "--format", "runtime", "--quiet"]).run()
      try ExportCommand.parse([folder.url.path, "--format", "onnx", "--quiet"]).run()
      for path in [folder.url.path, folder.file("student.distill").path] {
        let student = try UsableStudent(path)
        let table = try PredictionTable(student, world.path("x.npy"), PredictionRequest())
        #expect(table.columns == ["cat", "dog", "fox"], "\(table.columns)")
        #expect(Tensor(table.rows).largestDifference(from: right.cast(to: .float64)) < 1e-5)
        let evaluation = try StudentEvaluation(
          of: student,
          on: path.hasSuffix("distill") ? world.path("data.csv") : nil,
          outcome: path.hasSuffix("distill") ? "cat,dog,fox" : nil,
          teacherValues: nil
        )
        #expect(
          evaluation.measures.map(\.name) == [
            "micro F1", "macro F1", "mean average precision", "log-probability",
          ]
        )
      }
      let evaluation = try StudentEvaluation(
        of: UsableStudent(folder.url.path),
        on: world.path("data.npz"),
        outcome: nil,
        teacherValues: world.path("shares.npy")
      )
      #expect(evaluation.examples == 400)
      let names = evaluation.measures.map(\.name)
      #expect(names.contains("agreement with the teacher"), "\(names)")
      #expect(names.contains("agreement, dog"), "\(names)")
      let model = try ModelNetwork(contentsOf: folder.file("student.onnx"))
      #expect(model(world.inputs).largestDifference(from: right) < 1e-6 && model.endsInSigmoid)
      // It teaches again: what ends in a sigmoid gives probabilities.
      var next = world.options(out: "next")
      (next.teacher, next.teacherModel) = ([folder.file("student.onnx").path], nil)
      next.loss = "binaryCrossEntropy(temperature: 2)"
      #expect(try mean(scores(world.base.run(next).said)[0], "agreement") > 0.9)
    }
  }

  @Test func certificatesStandAndAreReplayed() throws {
    try withWorld { world in
      var options = world.options()
      options.certifiedSeeds = 2
      options.budget = Budget(100, .steps)
      let folder = try world.base.run(options).folder
      let certificate = try CertificateFile.evidence(TaskCertificate.self, at: folder.url.path)
      let names = certificate.values.map(\.name)
      #expect(names.prefix(3) == ["micro F1", "macro F1", "mean average precision"])
      #expect(certificate.word != nil && certificate.measure == "macro F1")
      #expect(certificate.values[1].student.seedMeans.count == 2)
      let replayed = try replay(folder.url.path, on: .cpu, .silent)
      #expect(replayed.stands, "\(replayed.fallen)")
      // A number that was changed by hand.
      let place = folder.file("certificate.json")
      let text = try String(contentsOf: place, encoding: .utf8)
      try text.replacing("\"examples\" : 40", with: "\"examples\" : 41")
        .write(to: place, atomically: true, encoding: .utf8)
      #expect(
        refusal { try replay(folder.url.path, on: .cpu, .silent) }?.contains("was changed") == true
      )
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    try withWorld { world in
      func said(_ change: (inout CompressOptions) throws -> Void) throws -> String {
        var options = world.options(out: "refused")
        try change(&options)
        let text = refusal { try world.base.run(options) } ?? "taken"
        #expect(!FileManager.default.fileExists(atPath: options.out!))
        #expect(!text.contains("\n"))
        return text
      }
      #expect(
        try said { $0.loss = "softCrossEntropy" }.contains("cannot be had from logits of labels")
      )
      let hard = try said { $0.loss = "crossEntropy" }
      #expect(hard.contains("cannot be had from logits of labels"), "\(hard)")
      #expect(try said { $0.data.classes = ["a", "b"] }.contains("it has 3 labels"))
      #expect(try said { $0.search = Budget("100") }.contains("search is about labels of classes"))
      #expect(
        try said {
          try NumPy.write(world.labels.cast(to: .float32) * 0.5, to: world.url("half.npy"))
          $0.data = DataSource(world.path("x.npy"), labels: world.path("half.npy"))
        }.contains("other numbers than 0 and 1")
      )
      #expect(
        try said {
          ($0.data, $0.trainsControl) = (DataSource(world.path("x.npy")), true)
          $0.data.targets = TargetKind.none
        }.contains("there are none")
      )
      #expect(
        try said { ($0.teacher, $0.teacherModel) = ([world.base.teachers], "mlp:6-12-2") }
          != "taken"
      )
      // A store of classes.
      var observed = ObserveOptions(
        teacher: world.options().teacher,
        data: world.options().data,
        out: world.path("classes")
      )
      observed.data = DataSource(world.path("x.npy"))
      observed.data.targets = TargetKind.none
      observed.teacherModel = "mlp:6-16-3"
      try observed.run()
      #expect(
        try said { ($0.teacher, $0.teacherModel) = ([world.path("classes")], nil) }
          .contains("leave out --task labels")
      )
    }
  }

  /// The teacher's vectors, and what is measured of the student's.
  @Test func vectorsAreATask() throws {
    try withWorld { world in
      var options = world.options()
      options.task = .embeddings
      options.data = DataSource(world.path("x.npy"))
      options.certifiedSeeds = 2
      let (folder, said) = try world.base.run(options)
      let found = try scores(said)
      #expect(try mean(found[0], "cosine") > 0.97)
      let correlation = try mean(found[0], "rankCorrelation")
      #expect(correlation > 0.8)
      let plan = try CompressionPlan.recorded(in: folder)
      #expect(plan.loss == "embeddingCosine" && !plan.data.isLabelled)
      let certificate = try CertificateFile.evidence(TaskCertificate.self, at: folder.url.path)
      #expect(certificate.word == nil && certificate.controlLoss == nil)
      let replayed = try replay(folder.url.path, on: .cpu, .silent)
      #expect(replayed.stands, "\(replayed.fallen)")
      let vectors = world.teacher(world.inputs)
      try NumPy.write(vectors, to: world.url("vectors.npy"))
      let evaluation = try StudentEvaluation(
        of: UsableStudent(folder.url.path),
        on: world.path("x.npy"),
        outcome: nil,
        teacherValues: world.path("vectors.npy")
      )
      #expect(evaluation.measures[0].student.value > 0.97)
      try ExportCommand.parse([folder.url.path, "--format", "onnx", "--quiet"]).run()
      options.out = world.path("labelled")
      options.data = DataSource(world.path("x.npy"), labels: world.path("y.npy"))
      #expect(refusal { try world.base.run(options) }?.contains("vectors have none") == true)
    }
  }
}

/// What classes count for.
@Suite struct ClassWeightTests {
  /// The balanced weights of scikit-learn, n / (K n_k), and the gradient that they make: that of each
  /// example by its weight.
  @Test func weightsChangeWhatTheControlLearns() throws {
    try withCompressWorld { world in
      var options = world.options()
      (options.trainsControl, options.classWeights) = (true, "balanced")
      let (folder, _) = try world.run(options)
      let plan = try CompressionPlan.recorded(in: folder)
      let labels = try CompressionData(plan.data, on: .cpu).training.labels!.scalars(Int.self)
      for (place, weight) in try #require(plan.classWeights).enumerated() {
        let count = labels.count { $0 == place }
        #expect(abs(weight - Double(labels.count) / Double(3 * count)) < 1e-12)
      }
      func control(_ weights: String?, _ out: String) throws -> Data {
        var options = world.options(out: out)
        (options.trainsControl, options.classWeights) = (true, weights)
        return try Data(contentsOf: world.run(options).folder.file("control.safetensors"))
      }
      #expect(try control("1,1,1", "ones") != control("1,2,1", "two"))
      let file = world.folder.appendingPathComponent("weights.csv")
      try "2,1\n0,1\n1,2\n".write(to: file, atomically: true, encoding: .utf8)
      #expect(try control(file.path, "file") == control("1,2,1", "same"))
      let page = try String(contentsOf: folder.file("report.html"), encoding: .utf8)
      #expect(page.contains("class weights"))
      // A weight counts in the hard term of a student, too.
      let students = try ["1,1,1", "1,5,1"].map { weights in
        var options = world.options(out: "student-\(weights)")
        (options.classWeights, options.loss) = (weights, "softCrossEntropy + crossEntropy")
        return try Data(contentsOf: world.run(options).folder.file("student.safetensors"))
      }
      #expect(students[0] != students[1])
    }
  }

  @Test(arguments: [
    "0,1,1", "1,-2,1", "nan,1,1", "inf,1,1", "1e30,1,1", "1,1", "1,a,1", "none.csv", "",
  ])
  func absurdWeightsAreRefused(_ weights: String) throws {
    try withCompressWorld { world in
      var options = world.options()
      options.classWeights = weights
      let text = refusal { try world.run(options) }
      #expect(text != nil && text?.contains("\n") != true, "\(weights): \(text ?? "taken")")
      #expect(!FileManager.default.fileExists(atPath: options.out!))
    }
  }

  @Test func filesOfWeightsAreChecked() throws {
    try withCompressWorld { world in
      let file = world.folder.appendingPathComponent("weights.csv")
      for (text, reason) in [
        ("0,1\n1,1\n", "'2' is not there"), ("0,1\n0,1\n", "there twice"),
        ("0,1\n9,1\n", "not among"), ("0,x\n", "no positive number"), ("0\n", "no comma"),
      ] {
        try text.write(to: file, atomically: true, encoding: .utf8)
        var options = world.options()
        options.classWeights = file.path
        #expect(refusal { try world.run(options) }?.contains(reason) == true, "\(text)")
      }
    }
  }
}
