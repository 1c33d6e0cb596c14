import Distill
import Foundation
import StudentExport
import StudentRuntime
import Testing

@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import ModelFiles
@testable import Runs

/// Students of the fields of use leave their runs and answer as their networks do, computed by libtorch
/// from their weights.
@Suite struct FieldExportTests: FieldRunning {
  private func exported(_ folder: RunFolder, _ name: String? = nil) throws -> ExportedStudent {
    let path = name.map { folder.file("\($0).safetensors").path } ?? folder.url.path
    return try ExportedStudent(path, data: nil, among: experiments)
  }

  /// Writes a student as it is run by StudentRuntime and by ONNX's readers, and asks both.
  ///
  /// - Parameters:
  ///   - inputs: `[count, …]`, before scaling.
  ///   - expected: What libtorch makes of them, `[count, …]`.
  ///   - hasTeacher: Whether its teacher is in files, which a chain is not.
  @discardableResult
  private func require(
    _ student: ExportedStudent,
    _ inputs: Tensor,
    answers expected: Tensor,
    in scratch: URL,
    hasTeacher: Bool = true
  ) throws -> [String: String] {
    let file = scratch.appendingPathComponent("student.distill")
    let model = scratch.appendingPathComponent("student.onnx")
    for (form, url) in [(ExportForm.runtime, file), (.onnx, model)] {
      try student.write(form, to: url.path, reading: [], withCard: true, .silent)
    }
    let count = min(12, inputs.shape[0])
    let rows = inputs[0..<count].cast(to: .float32).reshaped(to: [count, -1])
    let wanted = expected.reshaped(to: [inputs.shape[0], -1])[0..<count].scalars(Float.self)
    let runtime = try Student(path: file.path)
    let answers = rows.rowsOfScalars.flatMap { row in runtime.predict(row.map { Float($0) }) }
    let batch = rows.reshaped(to: [count] + student.graph.inputShape)
    let seen = try ModuleTeacher(ModelNetwork(contentsOf: model), observedAs: .reals)
      .observe(batch).values.scalars(Float.self)
    for said in [answers, seen] {
      let parity = Parity(said, wanted, inputs: count)
      #expect(parity.largestDifference < 1e-5, "\(student.file.lastPathComponent): \(parity)")
    }
    let (notes, others) = (try Inspection(of: file).notes, try Inspection(of: model).notes)
    let all = ["experiment", "student", "data", "teacher", "loss", "seed", "recipe", "model"]
    for name in all where name != "teacher" || hasTeacher {
      #expect(notes[name]?.isEmpty == false && notes[name] == others[name], "\(name)")
    }
    #expect(notes["student"] == (try SHA256.hash(of: student.file)) && notes["seed"] == "3")
    return notes
  }

  @Test func tablesAreExported() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try TablesTests.write(data, "a", teacher: "tree-lgb-whole.txt")
      try TablesTests.write(data, "b", teacher: "tree-xgb-multi.ubj")
      var experiment = TablesTests.small(data)
      (experiment.seeds, experiment.steps, experiment.densitySteps) = (1, 6, 2)
      let folder = try run(JobRecipe(experiment, seed: 3), in: scratch)
      let first = try exported(folder)
      #expect(first.remark?.hasPrefix("the student is a-sampled-1, soft + sampled rows; ") == true)
      for (student, table, name, outputs) in [
        (first, "a", "a-sampled-1", 1), (try exported(folder, "b-soft-1"), "b", "b-soft-1", 4),
      ] {
        func rows(_ part: String) throws -> LabelledData {
          let file = data.appendingPathComponent("\(table)/\(part).csv")
          return try LabelledSource(DataSource(file.path, labels: "class")).training
        }
        let (train, test) = (try rows("train").inputs, try rows("test").inputs)
        let mean = train.mean(along: 0, keepingAxes: true)
        let deviation = (train - mean).squared.mean(along: 0, keepingAxes: true).squareRoot
        let network = try weights(
          MLP([8, 12, outputs], using: RandomGenerator(seed: 1)),
          folder,
          name
        )
        let logits = network((test - mean) / deviation)
        let expected =
          outputs == 1
          ? Tensor.concatenated([(-logits).sigmoid, logits.sigmoid], along: 1) : logits.softmax()
        let notes = try require(student, test, answers: expected, in: scratch)
        #expect(notes["inputs"] == #"["c0","c1","c2","c3","c4","c5","c6","c7"]"#)
        #expect(notes["teacher"]?.count == 64)
      }
      // As a table is predicted from, its columns in another order.
      let file = scratch.appendingPathComponent("student.distill").path
      let test = data.appendingPathComponent("b/test.csv").path
      let table = try PredictionTable(UsableStudent(file), test, PredictionRequest())
      #expect(table.columns == (0..<4).map { "P(k\($0))" } && table.rows.count == 80)
    }
  }

  @Test func theDemoIsExported() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
      try CompressWorld.write("train", 60, seed: 1, to: data.path, side: 28)
      try CompressWorld.write("t10k", 30, seed: 2, to: data.path, side: 28)
      let demo = Demo(data: data.path, members: 1, epochs: 1, limit: 40)
      let folder = try run(JobRecipe(demo, seed: 3), in: scratch)
      let images = try LabelledImages.fashionMNIST(in: data, .test).images[0..<12]
      for name in ["student", "student-labels"] {
        let network = MLP([784, 50, 30, 10], using: RandomGenerator(seed: 1))
        let expected = try weights(network, folder, name)(images).softmax()
        let student = try exported(folder, name == "student" ? nil : name)
        try require(student, images, answers: expected, in: scratch)
      }
    }
  }

  @Test func studentsOfAChainAreExported() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
      try CompressWorld.write("train", 60, seed: 1, to: data.path, side: 28)
      try CompressWorld.write("t10k", 30, seed: 2, to: data.path, side: 28)
      var experiment = PredictiveFashionMNIST()
      (experiment.data, experiment.seeds, experiment.hidden) = (data.path, 2, [4])
      (experiment.validation, experiment.batchSize, experiment.bag) = (20, 20, 10)
      (experiment.climb, experiment.burnIn, experiment.steps) = (8, 2, 12)
      (experiment.stepSizes, experiment.controlShares) = ([1e-5], [1])
      let folder = try run(JobRecipe(experiment, seed: 3), in: scratch)
      let images = try LabelledImages.fashionMNIST(in: data, .test).images[0..<12]
      for (name, lesson) in [
        ("student-1", "draws of the chain as it ran"), ("control-2", "the labels alone"),
      ] {
        let network = MLP([784, 4, 10], using: RandomGenerator(seed: 1))
        let expected = try weights(network, folder, name)(images).softmax()
        let student = try exported(folder, name == "student-1" ? nil : name)
        let notes = try require(student, images, answers: expected, in: scratch, hasTeacher: false)
        #expect(notes["loss"] == lesson)
      }
    }
  }

  /// NADEs of a sweep, whose folder stands for the widest.
  @Test func modelsOfASweepAreExported() throws {
    try withScratchFolder { scratch in
      let (rbm, generator) = (smallRBM(), RandomGenerator(seed: 4))
      try NumPy.writeArchive(
        ["weights": rbm.weights, "visible_bias": rbm.visibleBias, "hidden_bias": rbm.hiddenBias],
        to: scratch.appendingPathComponent(SharedData.rbm)
      )
      let bits = (Tensor.uniform([20, 9], using: generator) .> 0.5).cast(to: .float32)
      try NumPy.writeArchive(["test": bits], to: scratch.appendingPathComponent(SharedData.digits))
      let experiment = GenerativeWidths(
        data: scratch.path,
        widths: [3, 5, 4],
        losses: ["likelihood"],
        recipes: ["ours"],
        steps: 8,
        samples: 100
      )
      let folder = try run(JobRecipe(experiment, seed: 3), in: scratch)
      for (name, path) in [("ours-5-likelihood", nil), ("ours-3-likelihood", "ours-3-likelihood")] {
        let student = try exported(folder, path)
        #expect(student.file.lastPathComponent == "\(name).safetensors")
        #expect((student.remark == nil) == (path != nil) && student.siblings.count == 3)
        let nade = try readStudent(from: student.file)
        let notes = try require(
          student,
          bits,
          answers: nade.logProbability(bits),
          in: scratch,
          hasTeacher: false
        )
        #expect(notes["loss"]?.hasPrefix("ours, H = ") == true)
      }
      // The same student is asked what it says.
      guard case .model(let used) = try UsableStudent(folder.url.path, among: experiments) else {
        Issue.record("a NADE is a model of data")
        return
      }
      #expect(used.file.lastPathComponent == "ours-5-likelihood.safetensors")
    }
  }

  /// A job offers its students, keeps one in a file that says all there is, or has none.
  @Test func everyJobIsKnown() {
    let others: Set = [
      "compress", "predictive", "predictive-diabetes", "generative-fit", "generative-demo",
      "generative-partition", "predictive-logistic", "predictive-mixture", "generative-train",
    ]
    #expect(others.isSubset(of: experiments.names))
    for name in experiments.names {
      #expect(experiments[name] is any ExportableJob.Type != others.contains(name), "\(name)")
    }
  }

  /// Runs whose results are numbers, or a teacher, say that they have no student.
  @Test func runsWithoutStudentsSaySo() throws {
    try withScratchFolder { scratch in
      var experiment = PredictiveLogistic()
      (experiment.seeds, experiment.draws, experiment.components) = (1, 100, 3)
      (experiment.iterations, experiment.testInputs) = (30, 100)
      (experiment.otherComponents, experiment.otherDraws) = ([1], [20])
      let recipe = JobRecipe(experiment, seed: 3)
      let place = scratch.appendingPathComponent("begun").path
      let begun = try recipe.begin("run", at: place, on: .cpu)
      #expect(refusal { try exported(begun) }?.contains("is not finished") == true)
      let folder = try run(recipe, in: scratch)
      let said = refusal { try exported(folder) }
      #expect(said?.contains("is a run of predictive-logistic, which leaves no student") == true)
    }
  }

  @Test func studentsWithoutAGraphAreExported() throws {
    try withScratchFolder { scratch in
      var experiment = GraphExperimentTests.small()
      (experiment.seeds, experiment.steps, experiment.teacherSteps) = (1, 5, 5)
      (experiment.losses, experiment.temperatures) = ([.soft], [1])
      let folder = try run(JobRecipe(experiment, seed: 3), in: scratch)
      let student = try exported(folder)
      #expect(student.remark?.hasPrefix("the student is mlp-soft-1, MLP, soft; ") == true)
      let world = try GraphWorld(experiment, seed: 3, on: .cpu)
      let network = try weights(
        MLP([48, 16, WordNet.topics.count], using: RandomGenerator(seed: 1)),
        folder,
        "mlp-soft-1"
      )
      let rows = world.features[0..<20]
      try require(student, rows, answers: network(rows).softmax(), in: scratch)
      #expect(student.graph.classes == WordNet.topics)
      let said = refusal { try exported(folder, "gcn-soft-1") }
      #expect(said?.contains("listens to neighbours needs their graph, which no form has") == true)
    }
  }

  @Test(arguments: [0, 5])
  func acousticNetworksAreExported(recurrent: Int) throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try AcousticTests.write(to: data)
      let recipe = try AcousticTests.small(
        data,
        [
          "student={widths: [6,5,4], recurrent: \(recurrent)}", "teacherSteps=2", "sourceSteps=3",
          "steps=2", "students=[unadapted, fine-tuned, distilled]",
        ]
      )
      let folder = try run(recipe, in: scratch)
      let experiment = try #require(recipe.job as? AcousticExperiment)
      let world = try AcousticWorld(experiment, seed: 3, ownRun(folder))
      let student = try exported(folder)
      #expect(student.file.lastPathComponent == "distilled-1.safetensors")
      let network = try weights(world.network(experiment.student, seed: 1), folder, "distilled-1")
      let frames = network.logits(of: world.test.inputs)
      let heard = world.test.inputs * world.scale.deviation + world.scale.mean
      let notes = try require(student, heard, answers: frames.softmax(along: 2), in: scratch)
      #expect(notes["names"] == #"["no speech","0","1","2","3"]"#)
      #expect(notes["answer"]?.contains("5 classes, the names, at each of 19 frames") == true)
      #expect(notes["takes"]?.contains("12 bands from 100 to 3800 Hz") == true)
      #expect(notes["verdict"]?.hasSuffix(", of distilled") == true)
    }
  }

  @Test func languageModelsAreExported() throws {
    try withScratchFolder { scratch in
      let recipe = try SequencesTests.small([
        "teacherSteps=4", "steps=3",
        """
        students=[{loss: crossEntropy}, {loss: kullbackLeibler}, {loss: crossEntropy, tokens: pairs},
        {loss: crossEntropy + firstByteKullbackLeibler, tokens: pairs}]
        """,
      ])
      let folder = try run(recipe, in: scratch)
      let experiment = try #require(recipe.job as? SequencesExperiment)
      let world = try SequenceWorld(experiment, seed: 3, on: .cpu)
      for (name, tokens) in [
        ("kullbackLeibler-1", SequenceArm.Tokens.bytes),
        ("crossEntropy-firstByteKullbackLeibler-pairs-2", .pairs),
      ] {
        let student = try exported(folder, name)
        let model = try weights(world.network(experiment.student, tokens, seed: 1), folder, name)
        let windows = Tensor.randomIntegers(
          0..<world.vocabulary(tokens).count,
          [6, 16],
          using: RandomGenerator(seed: 5)
        )
        let expected = model(windows.flattened()).softmax().reshaped(to: [6, -1])
        let notes = try require(student, windows, answers: expected, in: scratch)
        let read = try JSONDecoder().decode(
          ByteVocabulary.self,
          from: Data(notes["tokens"]!.utf8)
        )
        #expect(read == world.vocabulary(tokens))
      }
      #expect(try exported(folder).file.lastPathComponent == "kullbackLeibler-1.safetensors")
    }
  }

  @Test func sentenceEncodersAreExported() throws {
    try withScratchFolder { scratch in
      try SentenceTests.write(to: scratch)
      let recipe = try SentenceTests.small(scratch, ["staticSteps=3", "transformerSteps=2"])
      let folder = try run(recipe, in: scratch)
      let experiment = try #require(recipe.job as? SentenceExperiment)
      let world = try SentenceWorld(experiment, seed: 3, on: .cpu)
      let sentences = ["the red cat sings", "a bird", "", "small old boat near the river and hill"]
      let ids = world.tokenizer.padded(sentences, to: 10, withTemplate: false)
      let padded = ids.padded([(0, 10 - ids.shape[1])], with: -1)
      let width = world.teacher.configuration.width
      let generator = RandomGenerator(seed: 1)
      for arm in [
        SentenceArm.staticTaught, .staticLabels, .staticStarted, .transformerTaught,
      ] {
        let name = SentenceTraining.file(arm, 1)
        let network: any Module =
          arm.isStatic
          ? StaticEncoder(world.tokenizer.idCount, width: 8, outputs: width, using: generator)
          : SentenceTransformer(
            world.tokenizer.idCount,
            length: 10,
            width: 8,
            heads: 2,
            layers: 1,
            outputs: width,
            using: generator
          )
        if arm == .staticLabels {
          let head = Linear(width, WordNet.topics.count, using: generator)
          _ = try weights(SentenceClassifier(student: network, head: head), folder, name)
        } else {
          try network.load(from: folder.file("\(name).safetensors"))
        }
        let student = try exported(folder, name)
        let notes = try require(student, padded, answers: network(padded), in: scratch)
        #expect(notes["tokenizer"]?.count == 64 && notes["loss"] == arm.rawValue)
      }
    }
  }

  @Test func detectorsAreExported() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try DetectionTests.write(to: data)
      let recipe = try DetectionTests.small(data, ["teacherSteps=2", "steps=2"])
      let folder = try run(recipe, in: scratch)
      let experiment = try #require(recipe.job as? DetectionExperiment)
      let world = try DetectionWorld(experiment, seed: 3, on: .cpu)
      let name = "labels-found-classes-boxes-hints-1"
      let network = try weights(world.student(seed: 1), folder, name)
      let images = world.test.images
      let student = try exported(folder)
      #expect(student.file.lastPathComponent == "\(name).safetensors")
      let notes = try require(student, images, answers: network(images), in: scratch)
      #expect(notes["strides"] == "[4,8]" && notes["names"]?.hasPrefix("[\"background\",") == true)
      try requireRefusals(folder, name)
    }
  }

  /// What is asked for, and what has become of the run's files.
  private func requireRefusals(_ folder: RunFolder, _ name: String) throws {
    let file = folder.file("\(name).safetensors")
    #expect(
      refusal { try exported(folder, "teacher") }?
        .contains("is no student that a run of detection exports: name the run, or labels-") == true
    )
    #expect(
      refusal { try ExportedStudent(file.path, data: "rows.csv", among: experiments) }?
        .hasPrefix("--data: students of the experiment 'detection'") == true
    )
    let student = try exported(folder)
    let other = folder.file("labels-2.safetensors").path
    #expect(
      refusal {
        try student.write(.c, to: other, reading: [], withCard: false, .silent)
      } != nil
    )
    let (tensors, facts) = try Safetensors.read(from: file)
    var broken = tensors
    let (path, tensor) = try #require(tensors.first { $0.key.hasSuffix("classes.bias") })
    broken[path] = tensor * Double.nan
    try Safetensors.write(broken, metadata: facts, to: file)
    #expect(refusal { try exported(folder) }?.contains("are not all finite") == true)
    broken[path] = Tensor([1 as Float])
    try Safetensors.write(broken, metadata: facts, to: file)
    #expect(refusal { try exported(folder) }?.contains("classes.bias is [1] instead of") == true)
    try FileManager.default.removeItem(at: file)
    #expect(refusal { try exported(folder) }?.contains("is not there any more") == true)
    let images = folder.url.appendingPathComponent("../data/t10k-images-idx3-ubyte.gz")
    try FileManager.default.removeItem(at: images)
    let said = refusal { try exported(folder) }
    #expect(said != nil && said?.contains("\n") == false)
  }

  /// Students that no form can state are refused with the reason, and so is a run that is not finished.
  @Test func whatHasNoFormIsRefused() throws {
    try withScratchFolder { scratch in
      let data = scratch.appendingPathComponent("data")
      try LanguagesTests.write(to: data)
      let recipe = try LanguagesTests.small(data, ["teacherSteps=1", "steps=1"])
      let begun = try recipe.begin("run", at: scratch.appendingPathComponent("a").path, on: .cpu)
      #expect(refusal { try exported(begun) }?.contains("is not finished") == true)
      let folder = try run(recipe, in: scratch)
      #expect(refusal { try exported(folder) }?.contains("by hashes of 63 bits") == true)
    }
  }
}
