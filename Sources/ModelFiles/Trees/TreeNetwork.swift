import Distillation
import Exchange
import Foundation
import Networks
import Tensors

extension ModelNetwork: MeaningfulModule {}

/// Trees of a file as a module, to be observed like any other. What it gives is constant between
/// thresholds, so that there are no derivatives to match.
///
/// ```swift
/// let trees = try TreeNetwork(TreeModel(contentsOf: URL(fileURLWithPath: "model.json")))
/// let teacher = ModuleTeacher(trees, observedAs: trees.meaning)
/// ```
public struct TreeNetwork: MeaningfulModule {
  public let model: TreeModel
  /// What is learnt and what says where: for counting, and for whoever looks.
  private let numbers: [(name: String, parameter: Parameter)]

  public init(_ model: TreeModel) {
    self.model = model
    let ensemble = model.ensemble
    let nodes = ensemble.nodes
    numbers = [
      ("thresholds", Parameter(Tensor(nodes.map { $0.threshold.clamped }))),
      ("leaves", Parameter(Tensor(ensemble.entries.map { Float($0.value) }))),
      ("features", Parameter(Tensor(nodes.map { Int32($0.column) }), role: .buffer)),
      ("children", Parameter(Tensor(nodes.flatMap { [$0.left, $0.right] }), role: .buffer)),
    ]
  }

  public var meaning: Observation.Meaning { model.meaning }

  public var members: [(name: String, member: ModuleMember)] {
    numbers.map { ($0.name, .parameter($0.parameter)) }
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let count = input.shape.first ?? 0
    let rows = input.reshaped(to: [count, count == 0 ? 0 : input.count / count])
    guard
      holds(
        count == 0 || rows.shape[1] == model.ensemble.featureCount,
        "the trees ask about \(model.ensemble.featureCount) numbers, and an input has \(rows.shape[1])"
      )
    else { return Tensor(.nan as Double) }
    guard
      holds(
        !input.isTracked,
        "trees answer alike between two thresholds: they have no derivatives to match"
      )
    else { return Tensor(.nan as Double) }
    return model.values(of: rows)
  }
}

extension Float {
  /// Infinity is above every number, as the greatest number is.
  fileprivate var clamped: Float {
    min(max(self, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
  }
}
