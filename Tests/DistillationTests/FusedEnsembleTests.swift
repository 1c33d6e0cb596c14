import Networks
import Tensors
import Testing

@testable import Distillation

/// Ensembles of perceptrons by the fused kernels against the same ensembles by differentiation.
@Suite struct FusedEnsembleTests {
  static func members(_ type: ElementType) -> [MLP] {
    let members = (0..<3).map {
      MLP([11, 16, 5], activation: $0 == 1 ? .tanh : .relu, using: RandomGenerator(seed: $0 + 1))
    }
    for member in members { member.move(type) }
    return members
  }

  @Test(arguments: Ensemble.Mean.allCases)
  func valuesMatch(mean: Ensemble.Mean) throws {
    let inputs = Tensor.normal([70, 11], using: RandomGenerator(seed: 8))
    let own = try Ensemble(Self.members(.float32), mean: mean).observe(inputs)
    let reference = try Ensemble(Self.members(.float64), mean: mean)
      .observe(inputs.cast(to: .float64))
    #expect(own.meaning == reference.meaning)
    #expect(own.values.largestDifference(from: reference.values) < 3e-6)
  }

  @Test func derivativesMatch() throws {
    let generator = RandomGenerator(seed: 8)
    let inputs = Tensor.normal([70, 11], using: generator)
    let directions = Tensor.normal([70, 1, 5], using: generator)
    let own = Ensemble(Self.members(.float32))
    let reference = Ensemble(Self.members(.float64))
    let wide = inputs.cast(to: .float64)
    let all = try own.observe(inputs, Request(derivatives: .all))
    let allReference = try reference.observe(wide, Request(derivatives: .all))
    #expect(all.derivatives!.largestDifference(from: allReference.derivatives!) < 3e-6)
    let along = try own.observe(inputs, Request(derivatives: .along(directions)))
    let alongReference = try reference.observe(
      wide,
      Request(derivatives: .along(directions.cast(to: .float64)))
    )
    #expect(
      along.projection!.derivatives.largestDifference(from: alongReference.projection!.derivatives)
        < 1e-5
    )
  }

  @Test func changedParametersAreSeen() throws {
    let members = Self.members(.float32)
    let ensemble = Ensemble(members)
    let inputs = Tensor.normal([9, 11], using: RandomGenerator(seed: 8))
    let before = try ensemble.observe(inputs).values
    for member in members {
      SGD(learningRate: 0.5).update(
        member.parameters,
        along: member.parameters.map { $0.value.onesLike }
      )
    }
    let after = try ensemble.observe(inputs).values
    #expect(after.largestDifference(from: before) > 1e-3)
    #expect(after.largestDifference(from: try Ensemble(members).observe(inputs).values) == 0)
  }

  @Test func roundedProductsStayCloseAndSayHowClose() throws {
    let ensemble = Ensemble(Self.members(.float32), products: .bfloat16)
    let inputs = Tensor.normal([200, 11], using: RandomGenerator(seed: 8))
    let error = try ensemble.largestProbabilityError(on: inputs)
    #expect(error > 0)
    #expect(error < 0.02)
  }
}
