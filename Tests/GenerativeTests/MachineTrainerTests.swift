import Foundation
import Tensors
import Testing

@testable import Generative

@Suite struct MachineTrainerTests {
  /// Draws of a machine to learn from.
  static func data() -> Tensor {
    let p = enumerated(randomRBM(visible: 6, hidden: 3, scale: 2, seed: 8)).probabilities
    return allStates(6)[
      rows: Tensor(p).categoricalSample(500, using: RandomGenerator(seed: 1))
    ]
  }

  static let negatives: [LikelihoodAscent.Negative] = [
    .contrastiveDivergence(steps: 10), .persistent(chains: 500, steps: 2),
    .parallelTempering(chains: 500, temperatures: 5),
  ]

  /// Where the likelihood is highest E[v] and E[v_i v_j] of the model, by enumeration, are the
  /// data's, as far as 15 pairs and few hidden units can be; with one hidden unit for a pair they can.
  @Test(arguments: 0..<3, LikelihoodAscent.Centering.allCases) func reachesTheMomentsOfTheData(
    _ index: Int,
    _ centering: LikelihoodAscent.Centering
  ) {
    let data = Self.data()
    let start = RBM(visible: 6, hidden: 12, scale: 0.1, using: RandomGenerator(seed: 2))
    let trainer = MachineTrainer(
      start,
      LikelihoodAscent(
        Self.negatives[index],
        learningRate: 0.1,
        weightDecay: 0,
        centering: centering
      ),
      seed: 3
    )
    let before = gap(start, data)
    for update in 0..<500 {
      trainer.settings.learningRate = 0.1 * (1 - Double(update) / 500)
      trainer.update(on: data)
    }
    let after = gap(trainer.machine, data)
    #expect(after < 0.04 && before > 0.15, "\(before) to \(after)")
    if let rates = trainer.swapRates { #expect(rates.allSatisfy { $0 > 0.05 }) }
  }

  /// The largest difference of first and second moments.
  private func gap(_ machine: RBM, _ data: Tensor) -> Double {
    func moments(_ states: Tensor, _ weights: Tensor) -> Tensor {
      let v = states.cast(to: .float64)
      return (v * weights.insertingAxis(1)).transposed().matmul(v)
    }
    let own = moments(allStates(6), Tensor(enumerated(machine).probabilities))
    let count = data.shape[0]
    return own.largestDifference(from: moments(data, .full(1 / Double(count), [count], .float64)))
  }

  /// Calling each unit's states by each other's names changes W to −W, a to −a and b to b + Σ_i W_i:
  /// the centred gradient changes likewise, the plain one does not.
  @Test(arguments: [true, false]) func centredGradientsDoNotDependOnNames(_ isCentred: Bool) {
    let generator = RandomGenerator(seed: 1)
    func units(_ count: Int, _ width: Int) -> Tensor {
      .uniform([count, width], .float64, using: generator)
    }
    let (data, model) = ((units(20, 4), units(20, 3)), (units(30, 4), units(30, 3)))
    let (mu, lambda) = (data.0.mean(along: 0), data.1.mean(along: 0))
    let plain = CenteredGradient(
      data: data,
      model: model,
      offsets: isCentred ? (mu, lambda) : nil
    ).parts
    let flipped = CenteredGradient(
      data: (1 - data.0, data.1),
      model: (1 - model.0, model.1),
      offsets: isCentred ? (1 - mu, lambda) : nil
    ).parts
    let expected = [-plain[0], -plain[1], plain[2] + plain[0].sum(along: 0)]
    let difference = zip(flipped, expected).map { $0.largestDifference(from: $1) }.max()!
    #expect(isCentred ? difference < 1e-12 : difference > 1e-3)
    // Against the definition: products of what is measured from the offsets.
    if isCentred {
      func product(_ side: (Tensor, Tensor)) -> Tensor {
        (side.0 - mu).transposed().matmul(side.1 - lambda) / Double(side.0.shape[0])
      }
      #expect((product(data) - product(model)).largestDifference(from: plain[0]) < 1e-12)
    }
  }

  /// The derivatives that training follows are those of log p̃.
  @Test func derivativesAreThoseOfTheDensity() {
    let machine = GaussianRBMTests.example()
    let states = Tensor.normal([30, 2], .float64, using: RandomGenerator(seed: 2))
    let wide = GaussianRBM(
      weights: machine.weights.cast(to: .float64),
      visibleBias: machine.visibleBias.cast(to: .float64),
      hiddenBias: machine.hiddenBias.cast(to: .float64),
      deviations: machine.deviations.cast(to: .float64)
    )
    func mean(_ machine: GaussianRBM) -> Double {
      machine.logUnnormalized(states).mean().doubleValue
    }
    let direction = Tensor([0.7, -0.4])
    let step = 1e-5
    func slope(_ moved: (Tensor) -> GaussianRBM) -> Double {
      (mean(moved(direction * step)) - mean(moved(direction * -step))) / (2 * step)
    }
    let found = (wide.logDeviationDerivative(states)! * direction).sum().doubleValue
    #expect(abs(slope { wide.moved(logDeviations: $0) } - found) < 1e-6)
    // α = a/σ: the derivative is the mean of u − α, of which the constant cancels between the sides.
    let u = wide.standardized(states).mean(along: 0) - wide.visibleBias / wide.deviations
    let visible = slope {
      wide.moved(weights: .zeros([2, 3], .float64), visible: $0, hidden: .zeros([3], .float64))
    }
    #expect(abs(visible - (u * direction).sum().doubleValue) < 1e-6)
  }

  /// A Gaussian machine learns a mixture of normal distributions, by its exact likelihood.
  @Test(arguments: 0..<3) func learnsADensity(_ index: Int) throws {
    // Two units with two modes each, at ±1.5 deviations.
    let truth = GaussianRBM(
      weights: Tensor.identity(2) * 3,
      visibleBias: .full(-1.5, [2]),
      hiddenBias: .zeros([2]),
      deviations: .ones([2])
    )
    var chains = truth.startingChains(1_000, seed: 1)
    truth.advance(&chains, steps: 50)
    let data = chains.states
    let start = GaussianRBM(
      startingAt: data,
      hidden: 6,
      using: RandomGenerator(seed: 3)
    )
    let trainer = MachineTrainer(
      start,
      LikelihoodAscent(
        Self.negatives[index],
        learningRate: 0.02,
        weightDecay: 0
      ),
      seed: 4
    )
    func score(_ machine: GaussianRBM) throws -> Double {
      try machine.logUnnormalized(data).mean().doubleValue - machine.enumeratedLogPartition().logZ
    }
    let (before, best) = try (score(start), score(truth))
    // Deviations follow once there are weights, or they would grow to explain everything.
    for update in 0..<600 {
      let part = min(2 * (1 - Double(update) / 600), 1)
      trainer.settings.learningRate = 0.02 * part
      trainer.settings.deviationRate = update < 300 ? 0 : 0.02 * part
      trainer.update(on: data)
    }
    let after = try score(trainer.machine)
    // Nearly all the way to the machine that made the data.
    #expect(best - before > 0.3)
    #expect(after > best - 0.1 * (best - before), "\(before), \(after), \(best)")
  }

  @Test(arguments: 0..<3) func goesOnBitForBit(_ index: Int) throws {
    let data = Self.data()
    func trainer() -> MachineTrainer<RBM> {
      MachineTrainer(
        RBM(visible: 6, hidden: 4, using: RandomGenerator(seed: 2)),
        LikelihoodAscent(Self.negatives[index]),
        seed: 3
      )
    }
    let (whole, first, second) = (trainer(), trainer(), trainer())
    for _ in 0..<12 { whole.update(on: data) }
    for _ in 0..<5 { first.update(on: data) }
    try second.restore(first.state)
    for _ in 0..<7 { second.update(on: data) }
    for (name, tensor) in whole.machine.tensors {
      #expect(tensor.largestDifference(from: second.machine.tensors[name]!) == 0)
    }
    let other = MachineTrainer(
      RBM(visible: 6, hidden: 5, using: RandomGenerator(seed: 2)),
      seed: 3
    )
    #expect(throws: GenerativeError.self) { try other.restore(first.state) }
  }

  /// Every tensor of a state is missing once, and once something else.
  @Test(arguments: 0..<3) func statesThatAreNoneAreRefused(_ index: Int) {
    func trainer() -> MachineTrainer<RBM> {
      MachineTrainer(
        RBM(visible: 6, hidden: 4, using: RandomGenerator(seed: 2)),
        LikelihoodAscent(Self.negatives[index]),
        seed: 3
      )
    }
    let first = trainer()
    for _ in 0..<5 { first.update(on: Self.data()) }
    for key in first.state.keys.sorted() {
      for other in [nil, Tensor.zeros([2, 3, 4]), Tensor(-1)] {
        var state = first.state
        state[key] = other
        let second = trainer()
        // The seed of chains may be any number.
        guard !(key == "chains.seed" && other?.count == 1) else { continue }
        #expect(throws: (any Error).self, "\(key)") { try second.restore(state) }
        #expect(second.updates == 0)
      }
    }
  }
}
