import Foundation
import Tensors

extension GaussianRBM {
  /// Chains that begin at the normal distribution N(a, σ²).
  public func startingChains(_ count: Int, seed: UInt64) -> Chains {
    let noise = Tensor.normal(
      [count, inputs],
      weights.elementType,
      using: RandomGenerator(seed: seed, stream: -1)
    )
    return Chains(noise * deviations + visibleBias, seed: seed)
  }

  /// Block Gibbs steps: all hidden units given the visible ones, then all visible ones; two products
  /// of matrices for all chains.
  public func advance(_ chains: inout Chains, steps: Int) {
    withoutGradient {
      for _ in 0..<steps {
        // Numbers depend on the seed and the step alone, so that a saved state goes on the same.
        let generator = RandomGenerator(seed: chains.seed, stream: chains.step)
        let p = hiddenProbabilities(chains.states)
        let on = (Tensor.uniform(p.shape, using: generator) .< p).cast(to: p.elementType)
        let noise = Tensor.normal([chains.count, inputs], p.elementType, using: generator)
        chains.states = visibleMeans(on) + noise * deviations
        chains.hidden = on.cast(to: .uint8)
        chains.step += 1
      }
    }
  }

  /// Local maxima of p̃, uphill from each state: v ← E[v | E[h | v]], which never lowers p̃ and is
  /// expectation maximisation on a mixture of normal distributions (Carreira-Perpiñán 2000).
  ///
  /// - Parameters:
  ///   - states: Where to begin, `[count, visible]`.
  ///   - tolerance: Ends when no coordinate moves by more deviations than this.
  public func modes(
    from states: Tensor,
    tolerance: Double = 1e-5,
    iterations: Int = 10_000
  ) -> Tensor {
    withoutGradient {
      var current = states.cast(to: weights.elementType)
      for _ in 0..<iterations {
        let next = visibleMeans(hiddenProbabilities(current))
        let move = ((next - current) / deviations).magnitude.maximum().doubleValue
        current = next
        if move < tolerance { break }
      }
      return current
    }
  }

  /// The highest local maximum that searches from Gibbs states find, and its log p̃.
  public func mode(
    starts: Int = 200,
    burnIn: Int = 200,
    seed: UInt64
  ) -> (state: Tensor, logUnnormalized: Double) {
    var chains = startingChains(starts, seed: seed)
    advance(&chains, steps: burnIn)
    let found = modes(from: chains.states)
    let heights = logUnnormalized(found)
    let best: Int = heights.indexOfMaximum(along: 0).scalar()
    return (found[best], heights.maximum().doubleValue)
  }
}

extension GaussianRBM {
  /// log Z by summing over all states of the hidden units, in Float64: with h given the visible units
  /// are normal, and ∫ p̃(v, h) dv = exp(b·h + Σ_i aᵢ(Wh)ᵢ/σᵢ + ½(Wh)ᵢ²) Π_i √(2π) σᵢ.
  ///
  /// - Parameter progress: Called with the states that are done and all there are; what it throws ends
  ///   the work.
  /// - Throws: ``GenerativeError`` for more than 25 hidden units.
  public func enumeratedLogPartition(
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> LogPartition {
    let wide = weights.cast(to: .float64)
    let deviations = deviations.cast(to: .float64)
    let bias = hiddenBias.cast(to: .float64)
    let centre = visibleBias.cast(to: .float64) / deviations
    let volume =
      deviations.logarithm.sum().doubleValue + Double(inputs) / 2 * log(2 * Double.pi)
    return try .enumerated(over: hidden, each: inputs, progress) { states in
      let h = states.cast(to: .float64)
      let push = h.matmul(wide.transposed())
      return h.matmul(bias) + push.matmul(centre) + push.squared.sum(along: 1) * 0.5 + volume
    }
  }
}
