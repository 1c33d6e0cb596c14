import Distill
import Foundation
import Runs

/// What a network says about the nodes that nothing was chosen by.
package struct GraphAnswers {
  /// About nodes that were seen in training without their labels (transductive).
  package let test: ClassPredictions
  /// About nodes that arrived afterwards, once they are there (inductive).
  package let unseen: ClassPredictions

  package init(_ classifier: NodeClassifier, in world: GraphWorld) throws {
    test = try ClassPredictions(of: ModuleTeacher(classifier), on: world.test)
    let later = world.classifier(classifier.network, whole: true)
    unseen = try ClassPredictions(of: ModuleTeacher(later), on: world.unseen)
  }
}

/// How a network does.
package struct GraphScore: Codable {
  /// Of some nodes in order a letter each, 1 or 0.
  package struct Nodes: Codable {
    /// Whether the network is right.
    package let right: String
    /// Whether it says what the teacher says; nil for the teacher.
    package let same: String?

    package init(_ own: ClassPredictions, _ teacher: ClassPredictions?) {
      func letters(_ values: Tensor) -> String {
        values.scalars(Double.self).map { $0 == 1 ? "1" : "0" }.joined()
      }
      right = letters(own.correctness)
      same = teacher.map { letters(own.agreement(with: $0)) }
    }
  }

  package let name: String
  package let test: Nodes
  package let unseen: Nodes
  package let parameters: Int
  /// Answers about all nodes at once, the best of several times.
  package let nodesPerSecond: Double
  /// For an answer about one node; a network on a graph looks at all of it.
  package let microsecondsForOne: Double

  package init(
    _ name: String,
    _ classifier: NodeClassifier,
    in world: GraphWorld,
    _ answers: GraphAnswers,
    teacher: GraphAnswers?
  ) throws {
    self.name = name
    test = Nodes(answers.test, teacher?.test)
    unseen = Nodes(answers.unseen, teacher?.unseen)
    parameters = classifier.parameterCount
    let network = world.classifier(classifier.network, whole: true)
    let all = Tensor.range(0..<world.whole.nodeCount, on: world.features.device)
    func time(_ times: Int, _ nodes: Tensor) throws -> Double {
      try microseconds(times) {
        _ = try withTorchErrors { withoutGradient { network(nodes) } }.sum().doubleValue
      }
    }
    nodesPerSecond = Double(all.count) / (try time(5, all) * 1e-6)
    microsecondsForOne = try time(20, all[0..<1])
  }
}
