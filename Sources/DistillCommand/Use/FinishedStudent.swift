import Compression
import Distill
import Foundation
import Runs
import StudentExport

/// The student of a finished run of `distill compress`, with the scaling and the class names that its
/// recipe records.
struct FinishedStudent {
  let plan: CompressionPlan
  let network: any Module
  let file: URL

  /// - Parameter path: The folder of the run, or its student's file.
  /// - Throws: ``CommandError`` when there is no student, or its weights are not finite.
  init(_ path: String) throws {
    var url = URL(fileURLWithPath: path)
    if url.lastPathComponent == CompressionRun.studentFile { url.deleteLastPathComponent() }
    let folder = RunFolder(url: url, command: "compress")
    guard folder.contains(RunFolder.recipe) else {
      throw CommandError("'\(path)' is not the folder of a run: it has no \(RunFolder.recipe)")
    }
    if folder.contains(RunFolder.state), try folder.loadHeader().command != "compress" {
      throw CommandError(
        "'\(url.path)' is not a run of distill compress: name the folder of one, or the student.json "
          + "of a run of distill predictive"
      )
    }
    plan = try CompressionPlan.recorded(in: folder)
    file = folder.file(CompressionRun.studentFile)
    guard plan.data.meaning != .reals else {
      throw CommandError(
        "the student in '\(url.path)' gives real numbers, and only those that tell classes apart are "
          + "exported and asked here: its weights are in \(CompressionRun.studentFile)"
      )
    }
    guard folder.contains(CompressionRun.studentFile) else {
      throw CommandError(
        "'\(url.path)' has no student yet: go on with distill compress --resume \(url.path)"
      )
    }
    network = plan.student.module(using: RandomGenerator(seed: 0))
    try network.load(from: file)
    if let (name, _) = network.namedParameters.first(where: { !$0.parameter.value.isAllFinite }) {
      throw CommandError("the weights in '\(file.path)' are not all finite: \(name)")
    }
  }

  /// The numbers in one input.
  var inputCount: Int { plan.data.shape.reduce(1, *) }

  /// log P(class | input), `[count, classes]`.
  ///
  /// - Parameter inputs: `[count, numbers]`, as the training data were before scaling.
  func logProbabilities(_ inputs: Tensor) throws -> Tensor {
    let scaled = plan.data.scaling.apply(to: inputs, shape: plan.data.shape)
    return try Ensemble([network]).observe(scaled).logProbabilities().cast(to: .float64)
  }

  /// The first test examples of the run, before scaling.
  func testExamples(atMost limit: Int = .max) throws -> Examples {
    var plan = plan.data
    plan.scaling = ExampleScaling()
    let test = try CompressionData(plan, on: .cpu).test
    return test[0..<min(limit, test.count)]
  }

  /// Inputs of a file, as the run's own were: columns by their names, and divided by the same.
  ///
  /// - Parameter path: A table, arrays, IDX or images, with or without labels.
  /// - Throws: One sentence when they are not what the student takes.
  func inputs(from path: String) throws -> Tensor {
    let training = try LabelledSource(plan.data.counted).training
    return try UnlabelledInputs(
      shape: plan.data.shape,
      columns: training.columns,
      divisor: training.divisor,
      reading: plan.data.source.imageReading ?? .stored
    ).read(path)
  }

  /// Examples of a file and their labels, as those of the run were before scaling.
  ///
  /// - Parameters:
  ///   - path: Data as `distill compress` takes them; nil for the test examples of the run.
  ///   - labels: The file, array or column of the labels where it is another than the run's.
  /// - Throws: One sentence when they are not of the kind that the student was trained on.
  func examples(from path: String?, labels: String?) throws -> Examples {
    guard let path else { return try testExamples() }
    var source = plan.data.counted
    (source.testPath, source.testLabels) = (path, labels)
    source.classes = plan.data.classes
    let data = try LabelledSource(source).test!
    return Examples(data.inputs, labels: data.labels)
  }

  /// What is exported.
  func graph() throws -> StudentGraph {
    let shape = plan.student.inputShape ?? plan.data.shape
    var graph = try StudentGraph(network, shape: shape)
    // A perceptron's inputs have no channels: each number has a mean of its own.
    func spread(_ numbers: [Double]) -> [Float] {
      let times = shape.count == 1 && numbers.count > 1 ? inputCount / numbers.count : 1
      return numbers.flatMap { [Float](repeating: Float($0), count: times) }
    }
    graph.mean = spread(plan.data.scaling.mean)
    graph.deviation = spread(plan.data.scaling.deviation)
    guard [0, 1, shape[0]].contains(graph.mean.count) else {
      throw CommandError(
        "each of \(graph.mean.count) numbers is scaled by itself, and '\(plan.student)' can be "
          + "exported only with one scaling for each of its \(shape[0]) channels: train with "
          + "--normalize none"
      )
    }
    graph.classes = plan.data.classes
    graph.ending = graph.logitCount == 1 ? .sigmoidPair : .softmax
    graph.provenance = [
      "program": "distill \(programVersion)", "model": "\(plan.student)", "loss": plan.loss,
      "seed": "\(plan.seed)", "student": try HashedFiles(file.path).sha256,
      "teacher": plan.teacher.files.map(\.sha256).joined(separator: " "),
      "data": plan.data.files.map(\.sha256).joined(separator: " "),
    ]
    let training = try LabelledSource(plan.data.counted).training
    if let columns = training.columns {
      graph.provenance["inputs"] = String(
        decoding: try JSONEncoder().encode(columns),
        as: UTF8.self
      )
    }
    if training.divisor != 1 { graph.provenance["divisor"] = "\(training.divisor)" }
    return graph
  }
}
