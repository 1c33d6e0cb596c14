import Networks
import Tensors

/// An unnormalised model that Markov chains can sample from, many side by side.
public protocol ChainModel: UnnormalizedModel {
  /// Moves all chains by `steps` transitions that leave the model's distribution unchanged.
  func advance(_ chains: inout Chains, steps: Int)
  /// Chains that have made no transition yet. The default begins at independent fair bits.
  func startingChains(_ count: Int, seed: UInt64) -> Chains
  /// The path along which draws are annealed that owe nothing to a proposal: from independent units
  /// that know nothing of the model's modes. The default is none, and they are states of
  /// ``startingChains(_:seed:)``.
  var annealingPath: (any TemperedModel)? { get }
}

extension ChainModel {
  public func startingChains(_ count: Int, seed: UInt64) -> Chains {
    Chains(count, inputs: inputs, seed: seed)
  }

  public var annealingPath: (any TemperedModel)? { nil }
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

  /// The chains of a checkpoint; nil where they are none of `count` chains of the model.
  init?(_ state: [String: Tensor], of model: some ChainModel, count: Int) {
    guard let states = state["states"], let step = state["step"]?.savedCount,
      let seed = state["seed"], seed.count == 1, seed.elementType == .int64
    else { return nil }
    var example = model.startingChains(1, seed: 0)
    model.advance(&example, steps: 1)
    func isAlike(_ tensor: Tensor?, _ example: Tensor?) -> Bool {
      guard let tensor, let example else { return tensor == nil && example == nil }
      return tensor.shape == [count, example.shape[1]] && tensor.elementType == example.elementType
        && (example.elementType.isFloatingPoint
          ? tensor.isAllFinite : tensor.maximum().scalar(Int.self) <= 1)
    }
    let hidden = state["hidden"]
    guard isAlike(states, example.states), isAlike(hidden, example.hidden) else { return nil }
    self.init(states, seed: UInt64(UInt(bitPattern: seed.scalar(Int.self))), step: step)
    self.hidden = hidden
  }
}
