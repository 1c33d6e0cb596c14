import Foundation
import Tensors
import Testing

@testable import Generative

@Suite struct TemperingTests {
  static let betas = [0, 0.3, 0.6, 1]

  /// p_β of the geometric path by enumeration, log-probabilities of all states.
  static func exact(_ path: some TemperedModel, at beta: Double) -> Tensor {
    let states = allStates(path.inputs)
    // The base distribution is Π σ(a₀).
    let height =
      log(path, states, at: 0) + path.logRatio(states, from: 0, to: beta).cast(to: .float64)
    return height - height.logSumExp(along: 0)
  }

  private static func log(_ path: some TemperedModel, _ states: Tensor, at: Double) -> Tensor {
    let base =
      (path as? TemperedRBM)?.base ?? (path as? TemperedBoltzmannMachine)?.base
      ?? (path as! MachinePath).machines[0].visibleBias
    return states.cast(to: .float64).matmul(base.cast(to: .float64))
  }

  static func rbm(_ scale: Double = 1) -> RBM {
    randomRBM(visible: 5, hidden: 4, scale: scale, seed: 6)
  }

  static let base: [Float] = [0.4, -0.6, 0, 1, -1]

  static func paths() -> [any TemperedModel] {
    let random = Tensor.normal([5, 5], using: RandomGenerator(seed: 1)).upperTriangle(diagonal: 1)
    let machine = BoltzmannMachine(
      couplings: random + random.transposed(),
      bias: .normal([5], using: RandomGenerator(seed: 2))
    )
    let target = rbm()
    let start = RBM(
      weights: .zeros([5, 4]),
      visibleBias: Tensor(base),
      hiddenBias: Tensor([0.5, 0, -0.5, 0.2] as [Float])
    )
    return [
      TemperedRBM(target, from: Tensor(base)),
      TemperedBoltzmannMachine(machine, from: Tensor(base)),
      MachinePath([start, rbm(0.5), target]),
    ]
  }

  /// Draws of p_β stay draws of p_β.
  @Test(arguments: 0..<3, [0.3, 0.8]) func transitionsKeepTheDistribution(
    _ index: Int,
    _ beta: Double
  ) {
    func check(_ path: some TemperedModel) {
      let exact = Self.exact(path, at: beta)
      var states = allStates(5)[
        rows: exact.exponential.categoricalSample(10_000, using: RandomGenerator(seed: 3))
      ]
      for step in 0..<3 { states = path.advance(states, at: beta, seed: 4, step: step) }
      expect(states, follow: exact)
    }
    check(Self.paths()[index])
  }

  @Test(arguments: 0..<3) func pathsBeginAtTheirBaseAndEndAtTheModel(_ index: Int) throws {
    func check(_ path: some TemperedModel) {
      expect(path.baseSamples(10_000, seed: 1), follow: Self.exact(path, at: 0))
      let logZ = path.baseLogPartition
      // Σ p̃(β = 1) = Z₀ E_base[p̃(1)/p̃(0)], summed over all states.
      let states = allStates(5)
      let ratio = path.logRatio(states, from: 0, to: 1).cast(to: .float64)
      let found = logZ + (Self.exact(path, at: 0) + ratio).logSumExp(along: 0).doubleValue
      let wanted: Double =
        switch path {
        case let path as TemperedRBM: enumerated(path.rbm).logZ
        case let path as TemperedBoltzmannMachine: enumerated(path.machine).logZ
        default: enumerated((path as! MachinePath).machines.last!).logZ
        }
      #expect(abs(found - wanted) < 1e-4)
    }
    check(Self.paths()[index])
  }

  /// Swaps alone, without transitions, keep every temperature's distribution: the ratio is exact.
  @Test func swapsKeepEveryDistribution() {
    let path = TemperedRBM(Self.rbm(2), from: Tensor(Self.base))
    let generator = RandomGenerator(seed: 5)
    let ladder = Self.betas.map { beta in
      allStates(5)[
        rows: Self.exact(path, at: beta).exponential.categoricalSample(20_000, using: generator)
      ]
    }
    var chains = TemperedChains(path, from: ladder, inverseTemperatures: Self.betas, seed: 6)
    chains.swapNeighbours()
    #expect(chains.attempts == [20_000, 0, 20_000])
    #expect(chains.swapRates[0] > 0.1 && chains.swapRates[0] < 0.95)
    for (beta, states) in zip(Self.betas, chains.ladder) {
      expect(states, follow: Self.exact(path, at: beta))
    }
  }

  /// Two modes far apart: chains at one temperature that begin in one stay there, a ladder crosses.
  @Test func tempersAcrossModes() {
    // Four visible units that one hidden unit holds together.
    let rbm = RBM(
      weights: .full(8, [5, 1]),
      visibleBias: .full(-4, [5]),
      hiddenBias: .full(-20, [1])
    )
    let path = TemperedRBM(rbm)
    let betas = (0...8).map { Double($0) / 8 }
    var chains = TemperedChains(
      path,
      from: betas.map { _ in Tensor.zeros([4_000, 5], .uint8) },
      inverseTemperatures: betas,
      seed: 1
    )
    chains.advance(steps: 120)
    let exact = rbm.logUnnormalized(allStates(5))
    expect(chains.states, follow: exact - exact.logSumExp(along: 0))
    var alone = Chains(.zeros([4_000, 5], .uint8), seed: 1)
    rbm.advance(&alone, steps: 120)
    #expect(alone.states.cast(to: .float32).mean().doubleValue < 0.3)
    #expect(abs(chains.states.cast(to: .float32).mean().doubleValue - 0.5) < 0.05)
  }

  /// The Gaussian machine's path keeps its distributions too, by quadrature.
  @Test func gaussianTransitionsKeepTheDistribution() {
    let machine = GaussianRBMTests.example()
    let path = TemperedGaussianRBM(
      machine,
      mean: Tensor([0.3, -0.2] as [Float]),
      deviation: Tensor([1.2, 0.8] as [Float])
    )
    let beta = 0.6
    func height(_ points: Tensor) -> Tensor {
      let z = (points.cast(to: .float64) - path.mean.cast(to: .float64)) / path.deviation
      return path.logRatio(points, from: 0, to: beta).cast(to: .float64)
        - z.squared.sum(along: 1) * 0.5
    }
    let (points, area) = Plane.grid(9, count: 450)
    let logZ = height(points).logSumExp(along: 0).doubleValue + Foundation.log(area)
    // From the base in many steps, and then on.
    var states = path.baseSamples(20_000, seed: 1)
    for step in 0..<40 { states = path.advance(states, at: beta, seed: 2, step: step) }
    Plane.expect(states) { height($0) - logZ }
  }
}

@Suite struct GeneralAnnealingTests {
  /// The weights of many runs at once: unbiased, and the intervals of 200 groups of them cover.
  static func check(
    _ path: some TemperedModel,
    _ truth: Double,
    steps: Int,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let runs = 200
    let start = path.baseSamples(200 * runs, seed: 7)
    let betas = AnnealingSchedule.linear(steps).inverseTemperatures
    let weights = path.annealed(start, along: betas, seed: 8).logWeights
    let scaled = weights.map { exp($0 + path.baseLogPartition - truth) }
    let error = (LogPartition.variance(scaled) / Double(scaled.count)).squareRoot()
    let mean = scaled.reduce(0, +) / Double(scaled.count)
    #expect(abs(mean - 1) < 5 * error, sourceLocation: sourceLocation)
    let covered = (0..<200).count { group in
      let estimate = LogPartition.of(
        weights: Array(weights[(group * runs)..<((group + 1) * runs)]),
        .annealedImportanceSampling,
        offset: path.baseLogPartition,
        confidence: 0.95
      )
      return estimate.lower <= truth && truth <= estimate.upper
    }
    #expect((180...198).contains(covered), "\(covered) of 200", sourceLocation: sourceLocation)
  }

  @Test func coversForTheGaussianMachine() throws {
    let machine = GaussianRBMTests.example(visible: 3)
    let truth = try machine.enumeratedLogPartition().logZ
    Self.check(TemperedGaussianRBM(machine), truth, steps: 30)
    var chains = machine.startingChains(2_000, seed: 1)
    machine.advance(&chains, steps: 50)
    let path = TemperedGaussianRBM(machine, from: chains.states)
    let reverse = try path.logPartition(
      reverseAnnealing: .linear(60),
      from: chains.states,
      seed: 3
    )
    #expect(abs(reverse.logZ - truth) < 5 * reverse.standardError)
    let adaptive = try path.logPartition(
      annealing: path.adaptiveSchedule(40, seed: 2),
      runs: 2_000,
      seed: 4
    )
    #expect(abs(adaptive.logZ - truth) < 5 * adaptive.standardError)
    #expect(throws: GenerativeError.self) {
      try path.logPartition(annealing: .linear(10), runs: 1, seed: 1)
    }
  }

  @Test func coversForTheBoltzmannMachine() {
    let machine = BoltzmannMachineTests.example()
    Self.check(TemperedBoltzmannMachine(machine), enumerated(machine).logZ, steps: 20)
  }

  /// The fused kernel and the general walk estimate the same.
  @Test func coversForTheBinaryMachine() {
    let rbm = PartitionTests.rbm
    Self.check(TemperedRBM(rbm), enumerated(rbm).logZ, steps: 30)
  }

  /// Moments of the machines in between are the averages, and the path is unbiased and covers.
  @Test func momentAveragedPathIsWhatItSays() {
    let rbm = randomRBM(visible: 8, hidden: 5, scale: 1.5, seed: 9)
    let base = Tensor.zeros([8])
    let p = enumerated(rbm).probabilities
    let states = allStates(8)[
      rows: Tensor(p).categoricalSample(20_000, using: RandomGenerator(seed: 1))
    ]
    let path = MachinePath.momentAveraged(
      to: rbm,
      from: base,
      drawing: states,
      knots: 2,
      updates: 300,
      chains: 1_000,
      seed: 2
    )
    #expect(path.machines.count == 4)
    func means(_ machine: RBM) -> Tensor {
      let p = Tensor(enumerated(machine).probabilities, shape: [1, 256])
      return p.matmul(allStates(8).cast(to: .float64)).flattened()
    }
    let (first, last) = (means(path.machines[0]), means(rbm))
    for (index, machine) in path.machines.enumerated() {
      let wanted = first.interpolated(to: last, fraction: Double(index) / 3)
      #expect(means(machine).largestDifference(from: wanted) < 0.03, "\(index)")
    }
    Self.check(path, enumerated(rbm).logZ, steps: 30)
  }
}
