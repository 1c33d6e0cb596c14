import CTorch
import Distill

/// A restricted Boltzmann machine with 500 hidden units on binary images, by the kernels.
var boltzmannWorks: [Work] {
  [
    Work(name: "rbm-gibbs") {
      let machine = Machine500()
      return Prepared(versions: [
        Version(name: "kernel") {
          distill_rbm_gibbs(machine.raw, &machine.states, nil, 2_000, 1, machine.turn(1))
        }
      ])
    },
    Work(name: "rbm-cd25") {
      let machine = Machine500()
      let data = machine.states
      let velocities = [784 * 500, 784, 500].map { zeros($0) }
      let training = DistillRBMTraining(
        weights: machine.weights,
        visibleBias: machine.visibleBias,
        hiddenBias: machine.hiddenBias,
        weightVelocity: velocities[0],
        visibleVelocity: velocities[1],
        hiddenVelocity: velocities[2],
        learningRate: 1e-9,
        momentum: 0,
        weightDecay: 0
      )
      return Prepared(versions: [
        Version(name: "kernel") {
          machine.states.replaceSubrange(0..<100 * 784, with: data[0..<100 * 784])
          distill_rbm_train(
            machine.raw,
            training,
            data,
            100,
            &machine.states,
            100,
            25,
            false,
            machine.turn(25)
          )
        }
      ])
    },
    Work(name: "rbm-free-energy") {
      let machine = Machine500()
      let data = binaryImages(10_000)
      var result = [Float](repeating: 0, count: 10_000)
      func evaluate() {
        distill_rbm_log_unnormalized(machine.raw, data, 10_000, &result, Int32(Machine.threads))
      }
      evaluate()
      let mean = result.reduce(0) { $0 + Double($1) } / 10_000
      return Prepared(check: mean, versions: [Version(name: "kernel", run: evaluate)])
    },
    Work(name: "rbm-ais") {
      let machine = Machine500()
      let temperatures = (0...1_000).map { Double($0) / 1_000 }
      var logWeights = [Double](repeating: 0, count: 100)
      return Prepared(versions: [
        Version(name: "kernel") {
          logWeights = logWeights.map { _ in 0 }
          distill_ais_start(784, nil, &machine.states, 100, 3, 0)
          distill_ais(
            machine.raw,
            nil,
            temperatures,
            0,
            1_000,
            &machine.states,
            &logWeights,
            100,
            3,
            0,
            Int32(Machine.threads)
          )
        }
      ])
    },
  ]
}

private func zeros(_ count: Int) -> UnsafeMutablePointer<Float> {
  let memory = UnsafeMutablePointer<Float>.allocate(capacity: count)
  memory.initialize(repeating: 0, count: count)
  return memory
}

/// Lives as long as the process: a few megabytes for each piece of work.
private final class Machine500 {
  let raw: OpaquePointer
  let weights = zeros(784 * 500)
  let visibleBias = zeros(784)
  let hiddenBias = zeros(500)
  var states = binaryImages(2_000)
  private var step: UInt64 = 0

  init() {
    raw = distill_rbm_create(784, 500)!
    weights.update(from: symmetric(784 * 500, within: 0.08, seed: 40), count: 784 * 500)
    visibleBias.update(repeating: -1, count: 784)
    hiddenBias.update(repeating: -0.5, count: 500)
    distill_rbm_set(raw, weights, visibleBias, hiddenBias, Int32(Machine.threads))
  }

  /// The random numbers of the next steps.
  func turn(_ steps: UInt64) -> DistillGibbs {
    defer { step += steps }
    var how = DistillGibbs()
    (how.seed, how.firstStep, how.threads) = (1, step, Int32(Machine.threads))
    return how
  }
}
