import Distill
import Runs

/// The networks that may teach.
package enum GraphTeacher: String, Codable, CaseIterable {
  case attention, convolution
}

/// What a student minimises.
package enum GraphLoss: String, Codable, CaseIterable {
  /// Cross entropy on the few labels: the control, with no teacher.
  case labels
  /// The teacher's probabilities at all nodes that are seen in training.
  case soft
  case hints = "soft + hints"
  case attention = "soft + attention"
  case radialBasis = "soft + structure, radial basis"
  case polynomial = "soft + structure, polynomial"
  case linear = "soft + structure, linear"
  case euclidean = "soft + structure, euclidean"
  /// As Yang et al. have it: the teacher's outputs are not used.
  case labelsAndStructure = "labels + structure, radial basis"

  /// Of the local structure that is preserved.
  package var kernel: StructureKernel? {
    switch self {
    case .radialBasis, .labelsAndStructure: .radialBasis()
    case .polynomial: .polynomial()
    case .linear: .linear
    case .euclidean: .euclidean
    case .labels, .soft, .hints, .attention: nil
    }
  }

  package var comparesFeatures: Bool { self == .hints || self == .attention }

  /// Whether only nodes with labels are asked for.
  package var isOnLabels: Bool { self == .labels || self == .labelsAndStructure }
}

/// One way to make a student: a row of the tables.
package struct GraphArm: Codable, Hashable {
  package let loss: GraphLoss
  /// Whether it has no graph.
  package let isAlone: Bool

  package var name: String { (isAlone ? "MLP, " : "GCN, ") + loss.rawValue }

  /// The part of file names.
  package var fileName: String {
    (isAlone ? "mlp-" : "gcn-")
      + loss.rawValue.replacing(" + ", with: "-").replacing(", ", with: "-")
      .replacing(" ", with: "-")
  }
}

/// What is free in a student's training.
package struct GraphSetting: Codable, Hashable {
  package var temperature = 1.0
  /// Of the term beside soft targets or labels.
  package var weight = 0.0
  package var weightDecay = 0.0

  package func loss(_ loss: GraphLoss, on graph: Graph) -> Loss {
    let base: Loss =
      loss.isOnLabels ? .crossEntropy() : .softCrossEntropy(temperature: temperature)
    if let kernel = loss.kernel {
      return base + weight * .localStructure(of: .tap("hidden.0"), on: graph, kernel: kernel)
    }
    switch loss {
    case .hints: return base + weight * .hints(of: .tap("hidden.0"))
    case .attention: return base + weight * .attentionTransfer(of: .tap("hidden.0.map"))
    default: return base
    }
  }

  /// What of it matters for a loss.
  package func text(_ loss: GraphLoss) -> String {
    var parts = [loss.isOnLabels ? "decay \(short(weightDecay))" : "T = \(short(temperature))"]
    if loss.kernel != nil || loss.comparesFeatures { parts.append("weight \(short(weight))") }
    return parts.joined(separator: ", ")
  }
}
