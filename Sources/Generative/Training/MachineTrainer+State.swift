import Networks
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
    guard restored.weights.shape == machine.weights.shape,
      let updates = state["updates"]?.savedCount
    else {
      throw GenerativeError(
        "the saved training is of a machine with weights of shape \(restored.weights.shape), not "
          + "\(machine.weights.shape)"
      )
    }
    let shapes = ["weights", "visible_bias", "hidden_bias"].map { machine.tensors[$0]!.shape }
    let velocity = (0..<3).compactMap { state["velocity.\($0)"] }
    let means = ["visible", "hidden"].compactMap { state["offsets.\($0)"] }
    guard velocity.map(\.shape) == (velocity.isEmpty ? [] : shapes),
      means.map(\.shape) == (means.isEmpty ? [] : [[shapes[0][0]], [shapes[0][1]]]),
      (velocity + means).allSatisfy({ $0.elementType == machine.weights.elementType })
    else {
      throw GenerativeError(
        "the velocities and means of the saved training are not of this machine"
      )
    }
    let (chains, ladder) = try walkers(parts("chains."), parts("ladder."))
    (machine, self.updates, self.velocity) = (restored, updates, velocity)
    offsets = means.isEmpty ? nil : (visible: means[0], hidden: means[1])
    (self.chains, self.ladder) = (chains, ladder)
    self.ladder?.model = machine.tempered
  }

  /// The chains that a state keeps, of the kind that the settings ask for.
  private func walkers(
    _ own: [String: Tensor],
    _ tempered: [String: Tensor]
  ) throws -> (Chains?, TemperedChains<Machine.Tempered>?) {
    switch settings.negative {
    case .persistent(let count, _) where !own.isEmpty:
      guard let chains = Chains(own, of: machine, count: count) else {
        throw GenerativeError("the saved chains are not \(count) of this machine")
      }
      return (chains, nil)
    case .parallelTempering(let count, let betas, _) where !tempered.isEmpty:
      let rungs = betas.indices.compactMap { tempered["\($0)"] }
      guard rungs.count == betas.count, tempered.count == rungs.count + 1 else {
        throw GenerativeError(
          "the saved training has chains at \(rungs.count) temperatures, not \(betas.count)"
        )
      }
      let example = machine.tempered.baseSamples(1, seed: 0)
      guard let step = tempered["step"]?.savedCount,
        rungs.allSatisfy({
          $0.shape == [count, example.shape[1]] && $0.elementType == example.elementType
        })
      else {
        throw GenerativeError("the saved chains are not \(count) of this machine")
      }
      return (
        nil,
        TemperedChains(
          machine.tempered,
          from: rungs,
          inverseTemperatures: betas,
          seed: seed,
          step: step
        )
      )
    default: return (nil, nil)
    }
  }
}
