import Distillation
import Foundation
import Networks
import Tensors
import Testing

@testable import Generative

/// Models over the plane, so that quadrature gives what they must agree with.
enum Plane {
  /// Midpoints of a grid over ±`reach`, `[count², 2]` in Float64, and the area of a cell.
  static func grid(_ reach: Double, count: Int) -> (points: Tensor, area: Double) {
    let width = 2 * reach / Double(count)
    let axis = (0..<count).map { -reach + (Double($0) + 0.5) * width }
    let points = axis.flatMap { x in axis.flatMap { [x, $0] } }
    return (Tensor(points, shape: [count * count, 2]), width * width)
  }

  /// Pearson's test of points against a log-density, over 8 × 8 squares of side 1 about the origin
  /// and what lies outside.
  static func expect(
    _ samples: Tensor,
    follow logDensity: (Tensor) -> Tensor,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    func cells(_ points: Tensor) -> Tensor {
      let places = (points.cast(to: .float64) + 4).roundedDown
      let isOutside = ((places .< 0.0) .| (places .> 7.0)).anyTrue(along: 1)
      let codes = (places * Tensor([8.0, 1.0])).sum(along: 1)
      return codes.filled(with: 64, where: isOutside).cast(to: .int64)
    }
    let (points, area) = grid(4, count: 160)
    let masses = logDensity(points).cast(to: .float64).exponential * area
    var expected = cells(points).occurrences(classes: 65, weights: masses).scalars(Double.self)
    expected[64] = max(1 - expected[0..<64].reduce(0, +), 1e-12)
    let counts = cells(samples).occurrences(classes: 65).scalars(Double.self)
    GenerativeTests.expect(counts, follow: expected, sourceLocation: sourceLocation)
  }
}

@Suite struct RNADETests {
  static func example() -> RNADE {
    let generator = RandomGenerator(seed: 1)
    let data = Tensor.normal([50, 2], using: generator) * 0.9 + 0.3
    let model = RNADE(
      inputs: 2,
      hidden: 6,
      components: 3,
      order: [1, 0],
      scaledTo: data,
      using: generator
    )
    for parameter in model.parameters where parameter.shape != [2, 9] {
      parameter.replace(with: .normal(parameter.shape, using: generator) * 0.6)
    }
    return model
  }

  @Test func densityIntegratesToOne() {
    let model = Self.example()
    model.move(.float64)
    let (points, area) = Plane.grid(14, count: 700)
    let total = model.logProbability(points).exponential.sum().doubleValue * area
    // The midpoint rule on smooth densities that vanish at the ends errs far less than this.
    #expect(abs(total - 1) < 1e-4)
  }

  /// A student that has diverged, or a file that says so, draws what is no number.
  @Test func samplesThatOverflowAreNoNumbers() {
    let model = Self.example()
    for parameter in model.parameters { parameter.replace(with: parameter.value * 1e8) }
    model.scale.replace(with: .ones([2]))
    #expect(!model.samples(50, seed: 2).magnitude.sum().doubleValue.isFinite)
  }

  @Test func samplesFollowTheDensity() {
    let model = Self.example()
    let (samples, logProbability) = model.sampled(20_000, seed: 2, stream: 0)
    Plane.expect(samples) { model.logProbability($0) }
    #expect(logProbability.largestDifference(from: model.logProbability(samples)) < 1e-3)
    #expect(model.samples(10, seed: 2).largestDifference(from: model.samples(10, seed: 3)) > 0)
  }

  @Test func completionsHaveTheConditionalMean() throws {
    let model = Self.example()
    let count = 20_000
    let start = Tensor([0.4, -0.8] as [Float], shape: [1, 2]).repeated([count, 1])
    let completed = try model.completions(of: start, given: 1, seed: 3)
    // The order takes input 1 first.
    #expect(
      completed.selecting(1, along: 1).largestDifference(from: start.selecting(1, along: 1)) == 0
    )
    let drawn = completed.selecting(0, along: 1).cast(to: .float64)
    let error = drawn.standardDeviation().doubleValue / Double(count).squareRoot()
    let mean = model.conditionals(start[0..<1])[0][0].doubleValue
    #expect(abs(drawn.mean().doubleValue - mean) < 5 * error)
  }

  @Test func derivativesAreThoseOfDifferences() throws {
    let model = Self.example()
    model.move(.float64)
    try expectDerivatives(
      of: model,
      at: .normal([4, 2], .float64, using: RandomGenerator(seed: 9))
    )
  }
}

@Suite struct GaussianRBMTests {
  static func example(visible: Int = 2) -> GaussianRBM {
    let generator = RandomGenerator(seed: 5)
    return GaussianRBM(
      weights: .normal([visible, 3], using: generator) * 1.2,
      visibleBias: .normal([visible], using: generator) * 0.5,
      hiddenBias: .normal([3], using: generator) * 0.5,
      deviations: .uniform([visible], using: generator) * 0.4 + 0.6
    )
  }

  @Test func derivativeIsThatOfTheFormula() throws {
    let machine = Self.example()
    let x = Tensor.normal([6, 2], using: RandomGenerator(seed: 3))
    let slope = gradient(at: x) { machine.logUnnormalized($0).sum() }
    #expect(slope.largestDifference(from: machine.inputDerivative(x)) < 1e-5)
    #expect(
      (machine.freeEnergy(x) + machine.logUnnormalized(x)).magnitude.maximum().doubleValue == 0
    )
    let seen = try machine.observe(x, .init(derivatives: .all))
    #expect(seen.meaning == .logDensities && seen.derivatives!.shape == [6, 1, 2])
  }

  @Test func enumerationIsTheIntegral() throws {
    let machine = Self.example()
    let (points, area) = Plane.grid(14, count: 700)
    let heights = machine.logUnnormalized(points).cast(to: .float64)
    let integral = heights.logSumExp(along: 0).doubleValue + log(area)
    #expect(abs(try machine.enumeratedLogPartition().logZ - integral) < 1e-5)
  }

  @Test func chainsReachTheDistribution() throws {
    let machine = Self.example()
    let logZ = try machine.enumeratedLogPartition().logZ
    var chains = machine.startingChains(20_000, seed: 1)
    machine.advance(&chains, steps: 60)
    Plane.expect(chains.states) { machine.logUnnormalized($0) - logZ }
    #expect(chains.hidden!.shape == [20_000, 3])
  }

  @Test func streamsGoOnWhereTheyWere() throws {
    let machine = Self.example()
    func stream() -> GibbsSamples<GaussianRBM> {
      machine.gibbsSamples(chains: 10, batchSize: { _ in 4 }, burnIn: 3, thinning: 2, seed: 1)
    }
    let (whole, first, second) = (stream(), stream(), stream())
    for step in 0..<5 { _ = try first.batch(step) }
    try second.restore(first.state)
    let (a, b) = try (whole.batch(6)!.inputs, second.batch(6)!.inputs)
    #expect(a.elementType == .float32 && a.largestDifference(from: b) == 0)
  }

  /// Against the highest point of a fine grid, near which the derivative vanishes.
  @Test func findsTheMode() {
    let machine = Self.example()
    let (points, _) = Plane.grid(8, count: 800)
    let highest = machine.logUnnormalized(points).maximum().doubleValue
    let found = machine.mode(starts: 50, burnIn: 20, seed: 1)
    #expect(found.logUnnormalized > highest - 1e-4 && found.logUnnormalized < highest + 1e-2)
    let slope = machine.inputDerivative(found.state.insertingAxis(0))
    #expect(slope.magnitude.maximum().doubleValue < 1e-3)
  }

  @Test func readsTensorsByName() throws {
    let machine = Self.example()
    let same = try GaussianRBM(machine.tensors)
    let x = Tensor.normal([6, 2], using: RandomGenerator(seed: 3))
    #expect(same.logUnnormalized(x).largestDifference(from: machine.logUnnormalized(x)) == 0)
    var wrong = machine.tensors
    wrong["deviations"] = .zeros([2])
    #expect(throws: GenerativeError.self) { try GaussianRBM(wrong) }
    wrong["deviations"] = nil
    let missing = #expect(throws: GenerativeError.self) { try GaussianRBM(wrong) }
    #expect(missing?.description.contains("deviations") == true)
  }

  /// An RNADE distilled from the machine's own samples gives its log Z by bridge sampling.
  @Test(arguments: ["likelihood", "scores", "reverse", "learnt constant"])
  func teachesAnRNADE(_ name: String) throws {
    let loss: Loss =
      switch name {
      case "likelihood": .negativeLogLikelihood
      case "scores": .derivativeSquaredError + 0.5 * .negativeLogLikelihood
      case "reverse": .negativeLogLikelihood + 0.2 * .reverseKullbackLeibler(samples: 50)
      default: .negativeLogLikelihood + 0.2 * .squaredLogDensityErrorWithLearntConstant
      }
    let machine = Self.example(visible: 3)
    let stream = machine.gibbsSamples(
      chains: 500,
      batchSize: { _ in 100 },
      steps: 300,
      burnIn: 30,
      thinning: 2,
      seed: 2
    )
    let student = RNADE(
      inputs: 3,
      hidden: 16,
      components: 4,
      scaledTo: try stream.batch(0)!.inputs,
      using: RandomGenerator(seed: 1)
    )
    try distill(
      machine,
      into: student,
      on: stream,
      minimizing: loss,
      using: Adam(learningRate: 0.01),
      schedule: .cosine(over: 300)
    )
    let estimate = try machine.logPartition(
      using: student,
      by: .bridgeSampling(samples: 2_000),
      drawing: .init(chains: 500, burnIn: 20, thinning: 2),
      seed: 5
    )
    let exact = try machine.enumeratedLogPartition().logZ
    #expect(abs(estimate.logZ - exact) < 4 * estimate.standardError + 1e-4, "\(estimate), \(exact)")
    #expect(estimate.isTrustworthy && estimate.standardError < 0.03, "\(estimate)")
  }
}
