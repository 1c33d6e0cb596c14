import Tensors

/// An unnormalised model that Markov chains can sample from, many side by side.
public protocol ChainModel: UnnormalizedModel {
  /// Moves all chains by `steps` transitions that leave the model's distribution unchanged.
  func advance(_ chains: inout Chains, steps: Int)
  /// Chains that have made no transition yet. The default begins at independent fair bits.
  func startingChains(_ count: Int, seed: UInt64) -> Chains
}

extension ChainModel {
  public func startingChains(_ count: Int, seed: UInt64) -> Chains {
    Chains(count, inputs: inputs, seed: seed)
  }
}

/// The states of parallel Markov chains and the place in their random numbers: all that later steps
/// depend on, so that a copy goes on to the same states.
public struct Chains {
  /// `[chains, inputs]`: bytes 0 and 1, or real numbers.
  public var states: Tensor
  /// What the last transition drew of hidden units, `[chains, hidden]`; nil for models without.
  public internal(set) var hidden: Tensor?
  public let seed: UInt64
  /// Transitions made.
  public internal(set) var step: Int

  /// Chains that begin at `states`.
  public init(_ states: Tensor, seed: UInt64, step: Int = 0) {
    self.states = states.elementType.isFloatingPoint ? states : states.cast(to: .uint8)
    self.seed = seed
    self.step = step
  }

  /// Chains that begin at independent fair bits.
  public init(_ count: Int, inputs: Int, seed: UInt64) {
    let generator = RandomGenerator(seed: seed)
    let bits = Tensor.randomIntegers(0..<2, [count, inputs], using: generator)
    self.init(bits, seed: seed)
  }

  /// The number of chains.
  public var count: Int { states.shape[0] }

  /// By name, for checkpoints.
  var state: [String: Tensor] {
    var state = [
      "states": states, "step": Tensor(step), "seed": Tensor(Int(bitPattern: UInt(seed))),
    ]
    state["hidden"] = hidden
    return state
  }

  init?(_ state: [String: Tensor]) {
    guard let states = state["states"], let step = state["step"], let seed = state["seed"] else {
      return nil
    }
    self.init(states, seed: UInt64(UInt(bitPattern: seed.scalar(Int.self))), step: step.scalar())
    hidden = state["hidden"]
  }
}
