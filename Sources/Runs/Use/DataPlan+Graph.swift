import Distill
import Foundation
import StudentExport

extension DataPlan {
  /// A network with what its inputs and answers mean, to be exported.
  ///
  /// - Throws: `ExportError` when its operations have no other form; `RunError` when each number is scaled
  ///   by itself, and it has channels.
  func graph(of network: any Module, _ specification: ModelSpecification) throws -> StudentGraph {
    let shape = specification.inputShape ?? shape
    var graph = try StudentGraph(network, shape: shape)
    let count = self.shape.reduce(1, *)
    // A perceptron's inputs have no channels: each number has a mean of its own.
    func spread(_ numbers: [Double]) -> [Float] {
      let times = shape.count == 1 && numbers.count > 1 ? count / numbers.count : 1
      return numbers.flatMap { [Float](repeating: Float($0), count: times) }
    }
    graph.mean = spread(scaling.mean)
    graph.deviation = spread(scaling.deviation)
    guard [0, 1, shape[0]].contains(graph.mean.count) else {
      throw RunError(
        "each of \(graph.mean.count) numbers is scaled by itself, and '\(specification)' can be "
          + "exported only with one scaling for each of its \(shape[0]) channels: train with "
          + "--normalize none"
      )
    }
    if task == .labels { try graph.endInSigmoid() }
    if task == .classes {
      graph.classes = classes
      graph.ending = graph.logitCount == 1 ? .sigmoidPair : .softmax
    }
    return graph
  }
}
