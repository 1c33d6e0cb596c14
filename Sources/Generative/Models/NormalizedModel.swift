import Distillation
import Networks
import Tensors

/// A normalised distribution that gives exact log-probabilities and samples: what estimates of
/// partition functions are made with.
public protocol ProposalModel {
  var inputs: Int { get }
  /// log q(x) of states `[count, inputs]`: `[count]`. Not recorded for differentiation.
  func logProbability(_ states: Tensor) -> Tensor
  /// Independent samples `[count, inputs]`, bytes where states are binary, else Float32; samples of
  /// different streams of a seed are independent.
  func samples(_ count: Int, seed: UInt64, stream: Int) -> Tensor
}

extension ProposalModel {
  /// Independent samples of the first stream, `[count, inputs]`.
  public func samples(_ count: Int, seed: UInt64) -> Tensor {
    samples(count, seed: seed, stream: 0)
  }
}

/// A student that is a normalised distribution: NADE, deep NADE, MADE, their mixtures over orders,
/// or real-valued NADE.
///
/// As a `Module` its value is log q(x), `[count, 1]`, and can be differentiated with respect to
/// parameters and inputs, twice; in a training pass a model that is trained for many orders at once
/// takes a random one.
public protocol NormalizedModel: MeaningfulModule, ProposalModel {
  /// ∂log q/∂x of the formula continued to real x, `[count, inputs]`. The default differentiates the
  /// module.
  func inputDerivative(_ states: Tensor) -> Tensor
  /// Exact samples `[count, inputs]` and their log q, `[count]`.
  func sampled(
    _ count: Int,
    seed: UInt64,
    stream: Int
  ) -> (samples: Tensor, logProbability: Tensor)
}

/// A normalised model that is a product of conditionals q(x_i | inputs before i in an order).
public protocol AutoregressiveModel: NormalizedModel {
  /// Which input is the i-th.
  var order: [Int] { get }
  /// E[x_i | inputs before i in the order], which for binary inputs is the probability that x_i = 1:
  /// `[count, inputs]`.
  func conditionals(_ states: Tensor) -> Tensor
  /// States whose first `given` inputs of the order are kept and whose others are drawn from their
  /// exact conditional distribution, `[count, inputs]`.
  ///
  /// - Throws: ``GenerativeError`` when there are not that many inputs.
  func completions(of states: Tensor, given: Int, seed: UInt64, stream: Int) throws -> Tensor
}

extension NormalizedModel {
  public var meaning: Observation.Meaning { .logDensities }

  public func inputDerivative(_ states: Tensor) -> Tensor { differentiated(states) }

  /// ∂log q/∂x by differentiating the module, some rows at a time to bound the memory, or all at once.
  func differentiated(_ states: Tensor, rows: Int? = nil) -> Tensor {
    let states = states.elementType.isFloatingPoint ? states : states.cast(to: .float32)
    let parts = states.split(every: rows ?? max(states.shape[0], 1)).map { part in
      gradient(at: part) { self($0).sum() }
    }
    return parts.count == 1 ? parts[0] : .concatenated(parts)
  }

  public func samples(_ count: Int, seed: UInt64, stream: Int) -> Tensor {
    sampled(count, seed: seed, stream: stream).samples
  }

  /// What a function gives for states `[count, inputs]`, some rows at a time to bound the memory,
  /// without recording.
  func evaluated(_ states: Tensor, rows: Int, _ function: (Tensor) -> Tensor) -> Tensor {
    precondition(
      states.rank == 2 && states.shape[1] == inputs,
      "\(Self.self): states of shape \(states.shape) for \(inputs) inputs"
    )
    return withoutGradient {
      let parts = states.split(every: rows).map(function)
      return parts.count == 1 ? parts[0] : .concatenated(parts)
    }
  }
}

extension AutoregressiveModel {
  public func completions(of states: Tensor, given: Int, seed: UInt64) throws -> Tensor {
    try completions(of: states, given: given, seed: seed, stream: 0)
  }

  func checkCompletions(of states: Tensor, given: Int) throws {
    guard (0...inputs).contains(given), states.rank == 2, states.shape[1] == inputs else {
      throw GenerativeError(
        "completions of states of shape \(states.shape) given \(given) inputs: must be [count, "
          + "\(inputs)] and between 0 and \(inputs)"
      )
    }
  }
}

extension Tensor {
  /// Σ_{j<i} along axis 1 of `[count, inputs, hidden]`, to which input i adds nothing, not even
  /// rounding.
  var sumsBefore: Tensor {
    slicing(0..<(shape[1] - 1), along: 1).padded([(0, 0), (1, 0), (0, 0)]).cumulativeSum(along: 1)
  }
}

extension RandomGenerator {
  /// The generator of a stream: numbers of different streams of a seed are unrelated (SplitMix64's
  /// finalizer, Steele, Lea & Flood 2014).
  convenience init(seed: UInt64, stream: Int) {
    var z = seed &+ 0x9E37_79B9_7F4A_7C15 &* (UInt64(bitPattern: Int64(stream)) &+ 1)
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    self.init(seed: z ^ (z >> 31))
  }
}
