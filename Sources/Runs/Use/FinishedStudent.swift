import Compression
import Distill
import Foundation
import StudentExport

/// The student of a finished run of `distill compress`, with the scaling and the class names that its
/// recipe records.
package struct FinishedStudent {
  package let plan: CompressionPlan
  package let network: any Module
  package let file: URL

  /// - Parameter path: The folder of the run, or its student's file.
  /// - Throws: `RunError` when there is no student, or its weights are not finite.
  package init(_ path: String) throws {
    var url = URL(fileURLWithPath: path)
    if url.lastPathComponent == CompressionRun.studentFile { url.deleteLastPathComponent() }
    let folder = RunFolder(url: url, command: "compress")
    guard folder.contains(RunFolder.recipe) else {
      throw RunError("'\(path)' is not the folder of a run: it has no \(RunFolder.recipe)")
    }
    if folder.contains(RunFolder.state), try folder.loadHeader().command != "compress" {
      throw RunError(
        "'\(url.path)' is not a run of distill compress: name the folder of one, or the student.json "
          + "of a run of distill predictive"
      )
    }
    plan = try CompressionPlan.recorded(in: folder).located(in: url.path)
    file = folder.file(CompressionRun.studentFile)
    guard folder.contains(CompressionRun.studentFile) else {
      throw RunError(
        "'\(url.path)' has no student yet: resume with distill compress --resume \(url.path)"
      )
    }
    try requireHeld(plan.student, in: file)
    network = plan.student.module(using: RandomGenerator(seed: 0))
    try network.load(from: file)
    if let (name, _) = network.namedParameters.first(where: { !$0.parameter.value.isAllFinite }) {
      throw RunError("the weights in '\(file.path)' are not all finite: \(name)")
    }
  }

  /// The numbers in one input.
  package var inputCount: Int { plan.data.shape.reduce(1, *) }

  /// Whether it gives real numbers instead of telling classes apart.
  private var givesReals: Bool { plan.data.task != .classes }

  /// The names of the classes; empty where it gives real numbers.
  var classes: [String] { givesReals ? [] : plan.data.classes }

  /// The names of the real numbers; nil where they have none.
  var outputs: [String]? {
    let names = plan.data.classes
    return givesReals && names != names.indices.map(String.init) ? names : nil
  }

  /// What the student says about inputs: log P(class | input), real numbers, or P(label | input).
  ///
  /// - Parameter inputs: `[count, numbers]`, as the training data were before scaling.
  func predictions(at inputs: Tensor) throws -> CompactStudent.Predictions {
    let scaled = plan.data.scaling.apply(to: inputs, shape: plan.data.shape)
    let seen = try Ensemble([network], observedAs: plan.data.meaning ?? .logits)
      .observe(scaled)
    if plan.data.task == .labels { return .means(seen.values.cast(to: .float64).sigmoid) }
    guard !givesReals else { return .means(seen.values.cast(to: .float64)) }
    return .classes(logProbabilities: try seen.logProbabilities().cast(to: .float64))
  }

  /// The first test examples of the run, before scaling.
  package func testExamples(atMost limit: Int = .max) throws -> Examples {
    var plan = plan.data
    plan.scaling = ExampleScaling()
    let test = try CompressionData(plan, on: .cpu).test
    guard test.areFetched else { return test[0..<min(limit, test.count)] }
    let rows = Array(0..<min(limit, test.count))
    return Examples(try test.inputs(at: rows), labels: test.labels?[0..<rows.count])
  }

  /// Inputs of a file, as the run's own were: columns by their names, and divided by the same.
  ///
  /// - Parameter path: A table, arrays, IDX or images, with or without labels.
  /// - Throws: One sentence when they are not what the student takes.
  package func inputs(from path: String) throws -> Tensor {
    let training = try training()
    return try UnlabelledInputs(
      shape: plan.data.shape,
      columns: training.columns,
      divisor: divisor(like: training),
      reading: plan.data.source.imageReading ?? .stored
    ).read(path)
  }

  /// The data that it was trained on, which say how others are read.
  private func training() throws -> LabelledData {
    for files in plan.data.files { try files.requireUnchanged() }
    return try LabelledSource(plan.data.counted).training
  }

  /// What the numbers of other files are divided by; nil where bytes are by 255, because the student knows
  /// fractions of 1 that nothing was done to.
  private func divisor(like training: LabelledData) -> Double? {
    let range = training.range
    guard training.divisor == 1, range[0] >= 0, range[1] <= 1 else { return training.divisor }
    let areWhole =
      training.streamed?.areWhole
      ?? !(training.inputs - training.inputs.rounded .!= 0).containsTrue
    return areWhole ? training.divisor : nil
  }

  /// Examples and what belongs to them, as those of the run were before scaling.
  ///
  /// - Parameters:
  ///   - path: Data as `distill compress` takes them; nil for the test examples of the run.
  ///   - labels: The file, array or column of the labels where it is another than the run's.
  /// - Throws: One sentence when they are not of the kind that the student was trained on, or nothing
  ///   belongs to them.
  func examples(from path: String?, labels: String?) throws -> LabelledData {
    let source = plan.data.counted
    guard let path else {
      guard plan.data.isLabelled else {
        throw RunError(
          "the run in '\(file.deletingLastPathComponent().path)' was given no labels: name data that "
            + "have some with --data"
        )
      }
      for files in plan.data.files { try files.requireUnchanged() }
      return try plan.data.split.parts(of: LabelledSource(source)).test.inMemory()
    }
    let training = try training()
    var like = source
    like.firstLabel = training.firstLabel
    return try LabelledInputs(
      shape: training.shape,
      columns: training.columns,
      divisor: divisor(like: training),
      classes: classes,
      outputs: outputs,
      areLabels: plan.data.task == .labels,
      like: like
    ).read(path, labels: labels)
  }

  /// What is exported.
  package func graph() throws -> StudentGraph {
    if let kind = plan.studentFile {
      let written = file.deletingLastPathComponent().appendingPathComponent(kind.studentName)
      throw RunError(
        "the student's network came as a file, and it is there as one: use '\(written.path)', \(kind.reader)"
      )
    }
    var graph = try plan.data.graph(of: network, plan.student)
    graph.provenance = [
      "program": "distill \(programVersion)", "model": "\(plan.student)", "loss": plan.loss,
      "seed": "\(plan.seed)", "student": try HashedFiles(file.path).sha256,
      "task": plan.data.task.rawValue,
      "teacher": plan.teacher.files.map(\.sha256).joined(separator: " "),
      "data": plan.data.files.map(\.sha256).joined(separator: " "),
    ]
    let training = try training()
    graph.provenance["inputs"] = training.columns.map(jsonText)
    graph.provenance["outputs"] = outputs.map(jsonText)
    graph.provenance["cascade"] = try Cascade.threshold(beside: file).map { "\($0.confidence)" }
    graph.provenance["divisor"] = divisor(like: training).map { "\($0)" }
    return graph
  }
}
