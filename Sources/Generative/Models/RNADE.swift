import Foundation
import Networks
import Tensors

/// The real-valued neural autoregressive density estimator (Uria, Murray & Larochelle 2013): a
/// mixture of normal distributions for each input, given those before it.
///
/// a_1 = c; h_i = relu(ρ_i a_i); the mixture's logits, means and log deviations are linear in h_i;
/// a_{i+1} = a_i + W_i x_i. Inputs are standardised first by a fixed location and scale, for which
/// log q accounts.
///
/// As a student its value is log q(x), `[count, 1]`.
///
/// ```swift
/// let student = RNADE(inputs: 64, hidden: 100, components: 5, scaledTo: samples, using: generator)
/// ```
public struct RNADE: AutoregressiveModel {
  /// W, `[inputs, hidden]`; rows follow the states, whatever the order.
  public let weights: Parameter
  /// c, `[hidden]`.
  public let hiddenBias: Parameter
  /// ρ, `[inputs]`.
  public let activationScale: Parameter
  /// From hidden units to logits, means and log deviations, `[inputs, hidden, 3·components]`.
  public let mixtureWeights: Parameter
  /// `[inputs, 3·components]`.
  public let mixtureBias: Parameter
  /// What is taken from states, and what they are then divided by, `[inputs]`.
  public let location: Parameter
  public let scale: Parameter
  public let order: [Int]

  /// An RNADE to be trained; its mixtures begin with means spread evenly over ±1.5 deviations.
  ///
  /// - Parameters:
  ///   - components: Normal distributions of each conditional.
  ///   - order: The default takes inputs as they come.
  ///   - states: Whose means and standard deviations inputs are standardised by, `[count, inputs]`;
  ///     the default leaves them as they are.
  public init(
    inputs: Int,
    hidden: Int,
    components: Int,
    order: [Int]? = nil,
    scaledTo states: Tensor? = nil,
    using generator: RandomGenerator
  ) {
    self.order = order ?? Array(0..<inputs)
    precondition(
      self.order.sorted() == Array(0..<inputs) && components > 0,
      "RNADE: needs a component, and an order that is a permutation of the \(inputs) inputs"
    )
    func normal(_ shape: [Int], _ variance: Double) -> Tensor {
      .normal(shape, using: generator) * variance.squareRoot()
    }
    weights = Parameter(normal([inputs, hidden], 1 / Double(inputs)))
    hiddenBias = Parameter(normal([hidden], 1 / Double(inputs)))
    activationScale = Parameter(.ones([inputs]))
    mixtureWeights = Parameter(normal([inputs, hidden, 3 * components], 0.1 / Double(hidden)))
    let spread =
      components == 1
      ? Tensor.zeros([1]) : Tensor.linearSpace(from: -1.5, to: 1.5, count: components)
    mixtureBias = Parameter(
      Tensor.concatenated([spread.zerosLike, spread, spread.zerosLike])
        .broadcast(to: [inputs, 3 * components]).contiguous
    )
    let data = states?.cast(to: .float64)
    location = Parameter(
      (data?.mean(along: 0) ?? .zeros([inputs])).cast(to: .float32),
      role: .buffer
    )
    scale = Parameter(
      (data?.standardDeviation(along: 0).clamped(min: 1e-6) ?? .ones([inputs])).cast(to: .float32),
      role: .buffer
    )
  }

  public var inputs: Int { weights.shape[0] }
  /// The number of hidden units.
  public var hidden: Int { weights.shape[1] }
  /// Normal distributions of each conditional.
  public var components: Int { mixtureBias.shape[1] / 3 }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let x = standardized(input.flattened(from: 1))
    let mixtures = Mixtures(parts: parts(x), components)
    let density = mixtures.logDensity(x.insertingAxis(2)).sum(along: 1, keepingAxes: true)
    return density - scale.value.logarithm.sum()
  }

  private func standardized(_ states: Tensor) -> Tensor {
    (states.cast(to: weights.value.elementType) - location.value) / scale.value
  }

  /// What describes the mixture of every input given those before it, `[count, inputs, 3·K]`, in the
  /// order of the inputs.
  private func parts(_ x: Tensor) -> Tensor {
    let order = Tensor(order)
    let steps = x.gatheringRows(order, along: 1).insertingAxis(2) * weights.value[rows: order]
    let a = steps.sumsBefore + hiddenBias.value
    let h = (a * activationScale.value[rows: order].insertingAxis(1)).relu
    // One product of matrices for each input.
    let sums = h.transposed(0, 1).matmul(mixtureWeights.value[rows: order]).transposed(0, 1)
    let all = sums + mixtureBias.value[rows: order]
    return all.gatheringRows(order.sorted().indices, along: 1)
  }

  private var rows: Int { max(8_000_000 / (inputs * max(hidden, 3 * components)), 1) }

  public func inputDerivative(_ states: Tensor) -> Tensor { differentiated(states, rows: rows) }

  public func logProbability(_ states: Tensor) -> Tensor {
    evaluated(states, rows: rows) { self($0).flattened() }
  }

  public func conditionals(_ states: Tensor) -> Tensor {
    evaluated(states, rows: rows) { states in
      let mixtures = Mixtures(parts: parts(standardized(states)), components)
      let means = (mixtures.logWeights.exponential * mixtures.means).sum(along: 2)
      return means * scale.value + location.value
    }
  }
}

extension RNADE {
  /// Mixtures of normal distributions, `[…, components]` each.
  struct Mixtures {
    let logWeights: Tensor
    let means: Tensor
    let logDeviations: Tensor

    init(parts: Tensor, _ components: Int) {
      let pieces = parts.split(every: components, along: -1)
      logWeights = pieces[0].logSoftmax()
      means = pieces[1]
      logDeviations = pieces[2]
    }

    /// log Σ_k α_k N(x; μ_k, σ_k²) for x `[…, 1]`: `[…]`.
    func logDensity(_ x: Tensor) -> Tensor {
      let z = (x - means) * (-logDeviations).exponential
      let logs = logWeights - logDeviations - z.squared * 0.5 - 0.5 * log(2 * Double.pi)
      return logs.logSumExp(along: -1)
    }

    /// One draw of each mixture `[count, components]`: `[count]`.
    func draw(using generator: RandomGenerator) -> Tensor {
      let weights = logWeights.exponential
      // Where a sum overflowed before, there is no number to draw; the draw is none either.
      let chosen = weights.replacing(with: weights.onesLike, where: weights.isNaN)
        .categoricalSample(1, using: generator)
      func picked(_ x: Tensor) -> Tensor { x.gathering(chosen, along: 1).removingAxis(1) }
      let noise = Tensor.normal([means.shape[0]], means.elementType, using: generator)
      return picked(means) + picked(logDeviations).exponential * noise
    }
  }

  public func sampled(
    _ count: Int,
    seed: UInt64,
    stream: Int
  ) -> (samples: Tensor, logProbability: Tensor) {
    drawn(count, from: nil, given: 0, RandomGenerator(seed: seed, stream: stream))
  }

  public func completions(
    of states: Tensor,
    given: Int,
    seed: UInt64,
    stream: Int
  ) throws -> Tensor {
    try checkCompletions(of: states, given: given)
    let generator = RandomGenerator(seed: seed, stream: stream)
    let drawn = drawn(states.shape[0], from: states, given: given, generator).samples
    // What was given comes back as it was, without the rounding of standardising.
    let known = Tensor(order.prefix(given).map { $0 }).oneHot(classes: inputs, .bool)
    return given == 0
      ? drawn
      : drawn.replacing(with: states.cast(to: drawn.elementType), where: known.anyTrue(along: 0))
  }

  private func drawn(
    _ count: Int,
    from start: Tensor?,
    given: Int,
    _ generator: RandomGenerator
  ) -> (samples: Tensor, logProbability: Tensor) {
    withoutGradient {
      let type = weights.value.elementType
      let known = start.map { standardized($0).gatheringRows(Tensor(order), along: 1) }
      var a = hiddenBias.value.broadcast(to: [count, hidden])
      var columns: [Tensor] = []
      var logProbability = Tensor.zeros([count], type) - scale.value.logarithm.sum()
      for (place, input) in order.enumerated() {
        let h = (a * activationScale.value[input]).relu
        let parts = h.matmul(mixtureWeights.value[input]) + mixtureBias.value[input]
        let mixtures = Mixtures(parts: parts, components)
        let x =
          place < given ? known!.selecting(place, along: 1) : mixtures.draw(using: generator)
        logProbability = logProbability + mixtures.logDensity(x.insertingAxis(1))
        columns.append(x)
        a = a + x.insertingAxis(1) * weights.value[input]
      }
      let x = Tensor.stacked(columns, along: 1)
        .gatheringRows(Tensor(order).sorted().indices, along: 1)
      return (x * scale.value + location.value, logProbability)
    }
  }
}
