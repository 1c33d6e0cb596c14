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

  /// Probabilities of the classes.
  ///
  /// - Parameter inputs: `[count, numbers]`, as the training data were before scaling.
  func probabilities(_ inputs: Tensor) throws -> Tensor {
    let scaled = plan.data.scaling.apply(to: inputs, shape: plan.data.shape)
    return try Ensemble([network]).observe(scaled).probabilities()
  }

  /// The inputs of the first test examples of the run, before scaling.
  func testInputs(atMost limit: Int) throws -> Tensor {
    var plan = plan.data
    plan.scaling = ExampleScaling()
    let test = try CompressionData(plan, on: .cpu).test
    return test[0..<min(limit, test.count)].inputs
  }

  /// Inputs of a file, as the run's own were: columns by their names, and divided by the same.
  ///
  /// - Parameter path: A table, with or without labels, a `.npy`, or a file of IDX.
  /// - Throws: One sentence when they are not what the student takes.
  func inputs(from path: String) throws -> Tensor {
    let training = try LabelledSource(plan.data.source).training
    let url = URL(fileURLWithPath: path)
    let file = url.lastPathComponent
    let name = file.hasSuffix(".gz") ? String(file.dropLast(3)) : file
    let rows: Tensor
    if name.hasSuffix(".npy") {
      rows = try NumPy.read(from: url)
    } else if name.contains("-ubyte") || name.hasSuffix(".idx") {
      rows = try IDX.read(from: url)
    } else if let columns = training.columns {
      rows = try PredictionTable.columns(columns, of: path)
    } else {
      rows = try CSV.read(from: url).values
    }
    let count = rows.rank == 0 ? 0 : rows.shape[0]
    guard count > 0, rows.count == count * inputCount else {
      throw CommandError(
        "'\(path)' has the shape \(rows.shape), and an input is \(inputCount) numbers"
      )
    }
    let inputs = rows.reshaped(to: [count, inputCount]).cast(to: .float32) / training.divisor
    guard inputs.isAllFinite else { throw CommandError("'\(path)' holds NaN, infinity or holes") }
    return inputs
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
    return graph
  }
}
