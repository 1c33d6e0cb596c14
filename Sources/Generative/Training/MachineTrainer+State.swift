import Tensors

/// Interrupting a training and going on: everything that later updates depend on, by name.
extension MachineTrainer {
  /// Parameters (as `machine.weights` and so on), velocities, means and the states of the chains.
  public var state: [String: Tensor] {
    var state = machine.tensors.reduce(into: [String: Tensor]()) {
      $0["machine.\($1.key)"] = $1.value
    }
    state["updates"] = Tensor(updates)
    for (index, tensor) in velocity.enumerated() { state["velocity.\(index)"] = tensor }
    state["offsets.visible"] = offsets?.visible
    state["offsets.hidden"] = offsets?.hidden
    for (name, tensor) in chains?.state ?? [:] { state["chains.\(name)"] = tensor }
    for (index, tensor) in (ladder?.ladder ?? []).enumerated() { state["ladder.\(index)"] = tensor }
    state["ladder.step"] = ladder.map { Tensor($0.step) }
    return state
  }

  /// Goes back to a state: the next updates are those that would have followed it, bit for bit.
  ///
  /// - Throws: ``GenerativeError`` when it is not a state of such a training.
  public func restore(_ state: [String: Tensor]) throws {
    func parts(_ prefix: String) -> [String: Tensor] {
      state.reduce(into: [:]) { parts, entry in
        if entry.key.hasPrefix(prefix) {
          parts[String(entry.key.dropFirst(prefix.count))] = entry.value
        }
      }
    }
    let restored = try Machine(parts("machine."))
    guard restored.weights.shape == machine.weights.shape, let updates = state["updates"] else {
      throw GenerativeError(
        "the saved training is of a machine with weights of shape \(restored.weights.shape), not "
          + "\(machine.weights.shape)"
      )
    }
    machine = restored
    self.updates = updates.scalar()
    velocity = (0..<3).compactMap { state["velocity.\($0)"] }
    offsets = state["offsets.visible"].flatMap { visible in
      state["offsets.hidden"].map { (visible, $0) }
    }
    chains = Chains(parts("chains."))
    ladder = nil
    if case .parallelTempering(_, let betas, _) = settings.negative, let step = state["ladder.step"]
    {
      let rungs = betas.indices.compactMap { state["ladder.\($0)"] }
      guard rungs.count == betas.count else {
        throw GenerativeError(
          "the saved training has chains at \(rungs.count) temperatures, not \(betas.count)"
        )
      }
      ladder = TemperedChains(
        machine.tempered,
        from: rungs,
        inverseTemperatures: betas,
        seed: seed,
        step: step.scalar()
      )
    }
  }
}
