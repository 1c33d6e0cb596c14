import Distillation
import Networks
import Tensors

extension NADE: FormerlyTrained {
  private static let parts = ["weights", "output_weights", "hidden_bias", "visible_bias"]

  /// Until 0.1 a NADE had checkpoints of its own.
  package func upgraded(
    _ checkpoint: CheckpointContent,
    for loss: Loss,
    _ optimizer: any Optimizer
  ) -> CheckpointContent {
    guard checkpoint.metadata["format"] == "distill NADE checkpoint 1",
      checkpoint.metadata["averaging"] == "none"
    else { return checkpoint }
    var (tensors, metadata) = (checkpoint.tensors, checkpoint.metadata)
    metadata["format"] = CheckpointContent.format
    metadata["observedAs"] = Observation.Meaning.logDensities.rawValue
    let order = order.map(String.init).joined(separator: " ")
    if metadata["units"] == units.rawValue && metadata["order"] == order {
      metadata["architecture"] = architecture(of: self).joined(separator: "\n")
    }
    let step = metadata["step"].flatMap { Int($0) } ?? 0
    let rule = NADEKernel.rule(optimizer)
    if let rule, metadata["optimizer"] == "\(rule.0)" {
      metadata["optimizer"] = settings(of: optimizer)
    }
    for (index, (part, own)) in zip(Self.parts, namedParameters).enumerated() {
      tensors["student.\(own.path)"] = tensors["student.\(part)"]
      for (state, name) in zip(["firstState", "secondState"], rule?.1.names ?? []) {
        guard let name, step > 0 else { continue }
        tensors["optimizer.\(name).\(index)"] = tensors["\(state).\(part)"]
      }
    }
    tensors["optimizer.learningRate"] = Tensor(optimizer.learningRate)
    tensors["optimizer.updates"] = Tensor(step)
    // The kernels draw no numbers of it.
    tensors["generator"] = RandomGenerator(seed: 0).state
    let memories = loss.terms.compactMap { term -> String? in
      switch term.densityTerm {
      case .reverse: metadata["baseline"]
      case .squared(constant: nil): metadata["learntConstant"]
      default: nil
      }
    }
    for (index, mean) in memories.enumerated() {
      tensors["loss.\(index).mean"] = Double(mean).map { Tensor($0) }
      tensors["loss.\(index).steps"] = Tensor(Double(step))
    }
    var upgraded = checkpoint
    (upgraded.tensors, upgraded.metadata) = (tensors, metadata)
    return upgraded
  }
}

extension DeepNADE: FormerlyTrained {
  /// Until 0.1 the loss of a deep NADE named the tap that no other student has.
  package func upgraded(
    _ checkpoint: CheckpointContent,
    for loss: Loss,
    _ optimizer: any Optimizer
  ) -> CheckpointContent {
    var checkpoint = checkpoint
    checkpoint.metadata["loss"] = checkpoint.metadata["loss"]?
      .replacing("of: logits weights → conditionals", with: "of: logits → conditionals")
    return checkpoint
  }
}
