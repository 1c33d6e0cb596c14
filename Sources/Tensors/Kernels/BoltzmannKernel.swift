import CTorch

/// The fused kernels of binary restricted Boltzmann machines: energies, block Gibbs sampling, mode
/// search, training and annealed importance sampling.
///
/// States are bytes 0 or 1. Results are the same to the last bit for any number of threads and any
/// split of the chains. What is computed is documented in `distill_rbm.h`.
package final class BoltzmannKernel {
  package let visible: Int
  package let hidden: Int
  let machine: OpaquePointer

  package init(weights: Tensor, visibleBias: Tensor, hiddenBias: Tensor) {
    (visible, hidden) = (weights.shape[0], weights.shape[1])
    precondition(
      visibleBias.shape == [visible] && hiddenBias.shape == [hidden],
      "BoltzmannKernel: biases of shapes \(visibleBias.shape) and \(hiddenBias.shape) for weights "
        + "of shape \(weights.shape)"
    )
    guard let machine = distill_rbm_create(Int64(visible), Int64(hidden)) else {
      fatalError("BoltzmannKernel: no memory for \(visible) × \(hidden) weights")
    }
    self.machine = machine
    set(weights, visibleBias, hiddenBias)
  }

  deinit { distill_rbm_free(machine) }

  private func set(_ weights: Tensor, _ visibleBias: Tensor, _ hiddenBias: Tensor) {
    let dense = [weights, visibleBias, hiddenBias].map(\.denseFloats)
    withExtendedLifetime(dense) {
      distill_rbm_set(
        machine,
        dense[0].floats,
        dense[1].floats,
        dense[2].floats,
        Int32(Machine.threads)
      )
    }
  }

  /// Work on `rows` states, with as many threads as pay.
  private func team<Result>(
    _ kind: distill_team_kind,
    rows: Int,
    repeated: Int = 1,
    _ body: (_ threads: Int32) -> Result
  ) -> Result {
    withTeam(kind, work: visible * hidden * rows * max(repeated, 1), body)
  }

  /// Checks that states are `[count, units]`.
  func check(_ states: Tensor, _ units: Int, _ operation: String) {
    precondition(
      states.rank == 2 && states.shape[1] == units,
      "RBM.\(operation): states of shape \(states.shape) for \(units) units"
    )
  }
}

extension BoltzmannKernel {
  private typealias Evaluation<Scalar> = (
    OpaquePointer, UnsafePointer<Scalar>, Int64, UnsafeMutablePointer<Float>, Int32
  ) -> Void

  /// Evaluates a function that has a form for bytes and one for real numbers.
  private func evaluate(
    _ states: Tensor,
    _ operation: String,
    _ shape: [Int],
    _ binary: Evaluation<UInt8>,
    _ real: Evaluation<Float>
  ) -> Tensor {
    check(states, visible, operation)
    let result = Tensor.zeros(shape)
    let count = Int64(states.shape[0])
    if states.elementType == .uint8 || states.elementType == .bool {
      let dense = states.denseBytes
      withExtendedLifetime(dense) {
        team(DISTILL_TEAM_ENERGY, rows: states.shape[0]) {
          binary(machine, dense.bytes, count, result.floats, $0)
        }
      }
    } else {
      let dense = states.denseFloats
      withExtendedLifetime(dense) {
        team(DISTILL_TEAM_ENERGY, rows: states.shape[0]) {
          real(machine, dense.floats, count, result.floats, $0)
        }
      }
    }
    return result
  }

  /// log p̃(v), `[count]`.
  package func logUnnormalized(_ states: Tensor) -> Tensor {
    evaluate(
      states,
      "logUnnormalized",
      [states.shape[0]],
      distill_rbm_log_unnormalized,
      distill_rbm_log_unnormalized_real
    )
  }

  /// ∂log p̃/∂v, `[count, visible]`.
  package func gradient(_ states: Tensor) -> Tensor {
    evaluate(states, "gradient", states.shape, distill_rbm_gradient, distill_rbm_gradient_real)
  }

  /// p(h = 1 | v), `[count, hidden]`.
  package func hiddenProbabilities(_ states: Tensor) -> Tensor {
    evaluate(
      states,
      "hiddenProbabilities",
      [states.shape[0], hidden],
      distill_rbm_hidden_probabilities,
      distill_rbm_hidden_probabilities_real
    )
  }

  /// p(v = 1 | h) for binary hidden states, `[count, visible]`.
  package func visibleProbabilities(_ states: Tensor) -> Tensor {
    check(states, hidden, "visibleProbabilities")
    let result = Tensor.zeros([states.shape[0], visible])
    let dense = states.denseBytes
    withExtendedLifetime(dense) {
      team(DISTILL_TEAM_ENERGY, rows: dense.shape[0]) {
        distill_rbm_visible_probabilities(
          machine,
          dense.bytes,
          Int64(dense.shape[0]),
          result.floats,
          $0
        )
      }
    }
    return result
  }

  /// Flips units one at a time while log p̃ grows.
  package func climb(_ states: Tensor, sweeps: Int, tolerance: Double) -> Tensor {
    check(states, visible, "climb")
    let result = states.denseBytes.copied
    team(DISTILL_TEAM_CLIMB, rows: result.shape[0]) {
      distill_rbm_climb(
        machine,
        result.bytes,
        Int64(result.shape[0]),
        Int64(sweeps),
        Float(tolerance),
        nil,
        $0
      )
    }
    return result
  }
}

extension BoltzmannKernel {
  /// Where the random numbers of a step come from.
  package struct Randomness {
    package var seed: UInt64
    package var step: Int
    package var firstChain: Int

    package init(seed: UInt64, step: Int, firstChain: Int = 0) {
      (self.seed, self.step, self.firstChain) = (seed, step, firstChain)
    }

    func gibbs(_ threads: Int32) -> DistillGibbs {
      DistillGibbs(
        seed: seed,
        firstStep: UInt64(step),
        firstChain: UInt32(firstChain),
        threads: threads,
        inverseTemperatures: nil,
        baseBias: nil
      )
    }
  }

  /// The visible states after `steps` block Gibbs steps, and the hidden states of the last.
  package func gibbs(
    _ states: Tensor,
    steps: Int,
    _ randomness: Randomness
  ) -> (visible: Tensor, hidden: Tensor) {
    check(states, visible, "gibbs")
    let count = states.shape[0]
    let (result, hiddenStates) = (states.denseBytes.copied, Tensor.zeros([count, hidden], .uint8))
    team(DISTILL_TEAM_GIBBS, rows: count, repeated: steps) {
      distill_rbm_gibbs(
        machine,
        result.bytes,
        hiddenStates.bytes,
        Int64(count),
        Int64(steps),
        randomness.gibbs($0)
      )
    }
    return (result, hiddenStates)
  }

  /// The visible states after one block Gibbs step of every chain at an inverse temperature β, on the
  /// geometric path from a base-rate model: h ~ σ(β(b + Wᵀv)), v ~ σ((1 − β)a₀ + β(a + Wh)).
  package func gibbs(
    _ states: Tensor,
    at inverseTemperature: Double,
    base baseBias: Tensor,
    _ randomness: Randomness
  ) -> Tensor {
    check(states, visible, "gibbs")
    precondition(
      baseBias.shape == [visible],
      "RBM.gibbs: base biases of shape \(baseBias.shape) for \(visible) units"
    )
    let (count, bias) = (states.shape[0], baseBias.denseFloats)
    let result = states.denseBytes.copied
    let betas = [Float](repeating: Float(inverseTemperature), count: count)
    betas.withUnsafeBufferPointer { betas in
      withExtendedLifetime(bias) {
        team(DISTILL_TEAM_GIBBS, rows: count) {
          var how = randomness.gibbs($0)
          how.inverseTemperatures = betas.baseAddress
          how.baseBias = UnsafePointer(bias.floats)
          distill_rbm_gibbs(machine, result.bytes, nil, Int64(count), 1, how)
        }
      }
    }
    return result
  }

  /// One step of contrastive divergence; see `distill_rbm_train`.
  ///
  /// - Parameters:
  ///   - parameters: Weights, visible and hidden biases; then their velocities. Changed in place.
  ///   - chains: `[chainCount, visible]`.
  /// - Returns: The chains after `steps` Gibbs steps.
  package func train(
    _ parameters: [Tensor],
    learningRate: Double,
    momentum: Double,
    weightDecay: Double,
    data: Tensor,
    chains: Tensor,
    steps: Int,
    meanField: Bool,
    _ randomness: Randomness
  ) -> Tensor {
    check(data, visible, "train")
    check(chains, visible, "train")
    let (data, result) = (data.denseBytes, chains.denseBytes.copied)
    withExtendedLifetime((data, parameters)) {
      team(DISTILL_TEAM_GIBBS, rows: result.shape[0], repeated: steps) { threads in
        distill_rbm_train(
          machine,
          DistillRBMTraining(
            weights: parameters[0].floats,
            visibleBias: parameters[1].floats,
            hiddenBias: parameters[2].floats,
            weightVelocity: parameters[3].floats,
            visibleVelocity: parameters[4].floats,
            hiddenVelocity: parameters[5].floats,
            learningRate: Float(learningRate),
            momentum: Float(momentum),
            weightDecay: Float(weightDecay)
          ),
          data.bytes,
          Int64(data.shape[0]),
          result.bytes,
          Int64(result.shape[0]),
          Int64(steps),
          meanField,
          randomness.gibbs(threads)
        )
      }
    }
    return result
  }
}

extension BoltzmannKernel {
  /// Draws from the base-rate model, `[runs, visible]`.
  package static func baseRateSamples(
    _ baseBias: Tensor,
    runs: Int,
    seed: UInt64,
    firstRun: Int = 0
  ) -> Tensor {
    let bias = baseBias.denseFloats
    let states = Tensor.zeros([runs, bias.count], .uint8)
    withExtendedLifetime(bias) {
      distill_ais_start(
        Int64(bias.count),
        bias.floats,
        states.bytes,
        Int64(runs),
        seed,
        UInt32(firstRun)
      )
    }
    return states
  }

  /// Annealed importance sampling along the steps `range` of `inverseTemperatures`: states after the
  /// last transition and what was added to the log-weights, `[runs]`, Float64.
  package func anneal(
    _ states: Tensor,
    base baseBias: Tensor,
    along inverseTemperatures: [Double],
    steps range: Range<Int>? = nil,
    seed: UInt64
  ) -> (states: Tensor, logWeights: Tensor) {
    check(states, visible, "anneal")
    let range = range ?? 0..<(inverseTemperatures.count - 1)
    precondition(
      range.lowerBound >= 0 && range.upperBound < inverseTemperatures.count,
      "anneal: steps \(range) of \(inverseTemperatures.count) inverse temperatures"
    )
    let bias = baseBias.denseFloats
    let result = states.denseBytes.copied
    let logWeights = Tensor.zeros([states.shape[0]], .float64)
    withExtendedLifetime(bias) {
      team(DISTILL_TEAM_ANNEALING, rows: states.shape[0], repeated: range.count) { threads in
        distill_ais(
          machine,
          bias.floats,
          inverseTemperatures,
          Int64(range.lowerBound),
          Int64(range.upperBound),
          result.bytes,
          logWeights.doubles,
          Int64(states.shape[0]),
          seed,
          0,
          threads
        )
      }
    }
    return (result, logWeights)
  }
}
