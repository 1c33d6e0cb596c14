import Networks
import Tensors
import Testing

@testable import Distillation

@Suite struct EnsembleTests {
  @Test(arguments: Ensemble.Mean.allCases, [false, true])
  func valuesAndDerivativesAreThoseOfTheMixture(_ mean: Ensemble.Mean, isBinary: Bool) throws {
    let fixture = isBinary ? Fixture.shared.binary : Fixture.shared.classes
    let reference = try #require(fixture.ensembles[mean.rawValue])
    // A chunk of 40 asks for derivatives two inputs at a time.
    let ensemble = Ensemble(fixture.memberNetworks, mean: mean, chunk: 40)
    let inputs = fixture.batch.inputs
    let seen = try ensemble.observe(inputs, Request(derivatives: .all))
    let derivatives = tensor(reference.derivatives)
    #expect(seen.meaning == .logProbabilities)
    #expect(seen.values.largestDifference(from: Tensor(reference.values)) < 1e-13)
    #expect(try #require(seen.derivatives).largestDifference(from: derivatives) < 1e-12)
    let v = fixture.directionTensor
    let along = try ensemble.observe(inputs, Request(derivatives: .along(v)))
    #expect(along.values.largestDifference(from: Tensor(reference.values)) < 1e-13)
    #expect(
      try #require(along.projection).derivatives
        .largestDifference(from: v.matmul(derivatives)) < 1e-12
    )
  }

  /// Members certain of different classes: probabilities underflow, their logarithms must not.
  @Test func membersThatAreCertainStayFinite() throws {
    let members = [0, 1].map { peak in
      let network = tanhNetwork([3, 5, 4], seed: UInt64(peak))
      network.move(.float32)
      network.parameters[3].replace(with: Tensor((0..<4).map { $0 == peak ? 1e4 : -1e4 as Float }))
      return network
    }
    let inputs = Tensor.normal([6, 3], using: RandomGenerator(seed: 1))
    let seen = try Ensemble(members).observe(inputs, Request(derivatives: .all))
    #expect(seen.values.isAllFinite)
    #expect(try #require(seen.derivatives).isAllFinite)
    #expect(try abs(seen.probabilities()[0][0].doubleValue - 0.5) < 1e-6)
  }

  /// Rounding factors to 8 bits moves a logit of size 1 by some 2⁻⁸, a probability by a quarter.
  @Test func roundedProductsAreCloseAndSaySo() throws {
    let networks = (0..<5 as Range<UInt64>).map { seed in
      MLP([20, 30, 10], using: RandomGenerator(seed: seed))
    }
    let inputs = Tensor.normal([200, 20], using: RandomGenerator(seed: 9))
    let rounded = Ensemble(networks, products: .bfloat16)
    let error = try rounded.largestProbabilityError(on: inputs)
    #expect(error > 0 && error < 0x1p-9)
    #expect(try Ensemble(networks).largestProbabilityError(on: inputs) == 0)
    #expect(networks.allSatisfy { $0.parameters.allSatisfy { $0.value.elementType == .float32 } })
  }

  /// Maps of many large inputs at once would be new pages of the system at every layer.
  @Test func largeInputsAreSeenAFewAtATime() throws {
    nonisolated(unsafe) var seen: [Int] = []
    let teacher = ClosureTeacher { inputs, _ in
      seen.append(inputs.shape[0])
      return Observation(.zeros([inputs.shape[0], 1]), meaning: .reals)
    }
    for (numbers, counts) in [(784, [512, 88]), (300_000, [2, 2, 1]), (2_000_000, [1, 1, 1])] {
      seen = []
      let inputs = Tensor.zeros([counts.reduce(0, +), numbers], .float32)
      _ = try Ensemble([teacher]).observe(inputs)
      #expect(seen == counts)
      seen = []
      _ = try Ensemble([teacher], chunk: 1_000).observe(inputs)
      #expect(seen == [inputs.shape[0]])
    }
  }

  @Test func realNumbersAreAveragedThemselves() throws {
    let (a, b) = (tanhNetwork([3, 4, 2], seed: 1), tanhNetwork([3, 4, 2], seed: 2))
    let inputs = Tensor.normal([5, 3], .float64, using: RandomGenerator(seed: 3))
    let seen = try Ensemble([a, b], observedAs: .reals).observe(
      inputs,
      Request(derivatives: .all)
    )
    let expected = batchJacobian(at: inputs) { (a($0) + b($0)) / 2 }
    #expect(seen.meaning == .reals)
    #expect(seen.values.largestDifference(from: expected.value) < 1e-15)
    #expect(try #require(seen.derivatives).largestDifference(from: expected.jacobian) < 1e-15)
  }

  @Test func membersMustGiveTheSame() {
    let members = [tanhNetwork([3, 4, 2], seed: 1), tanhNetwork([3, 4, 5], seed: 2)]
    let error = #expect(throws: DistillationError.self) {
      try Ensemble(members).observe(.zeros([1, 3], .float64))
    }
    #expect(error?.description.contains("member 1 of the ensemble gives 5 logits") == true)
  }
}

/// Members that count differently.
@Suite struct WeightedEnsembleTests {
  /// Weights 2, 1, 1 are the first member twice.
  @Test(arguments: Ensemble.Mean.allCases, [false, true])
  func aWeightOfTwoIsTheMemberTwice(_ mean: Ensemble.Mean, isBinary: Bool) throws {
    let fixture = isBinary ? Fixture.shared.binary : Fixture.shared.classes
    let networks = fixture.memberNetworks
    let weighted = Ensemble(networks, mean: mean, weights: [2, 1, 1], chunk: 40)
    let repeated = Ensemble([networks[0]] + networks, mean: mean, chunk: 40)
    let inputs = fixture.batch.inputs
    for request in [
      Request(derivatives: .all), Request(derivatives: .along(fixture.directionTensor)), .values,
    ] {
      let (a, b) = try (weighted.observe(inputs, request), repeated.observe(inputs, request))
      #expect(a.values.largestDifference(from: b.values) < 1e-14)
      if let own = a.derivatives {
        #expect(try own.largestDifference(from: #require(b.derivatives)) < 1e-13)
      }
      if let own = a.projection?.derivatives {
        #expect(try own.largestDifference(from: #require(b.projection?.derivatives)) < 1e-13)
      }
    }
  }

  /// Kernels that count members alike must not be asked.
  @Test func weightsReachFloat32Networks() throws {
    let networks = (0..<2 as Range<UInt64>).map { MLP([3, 4, 5], using: .init(seed: $0)) }
    let inputs = Tensor.normal([6, 3], using: RandomGenerator(seed: 3))
    let seen = try Ensemble(networks, weights: [3, 1]).observe(inputs).probabilities()
    let expected = networks[0](inputs).softmax() * 0.75 + networks[1](inputs).softmax() * 0.25
    #expect(seen.largestDifference(from: expected) < 1e-6)
  }
}
