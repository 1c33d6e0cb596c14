import Networks
import Tensors
import Testing

@testable import Distillation

/// A map of zeros has no direction: what is blind to size has nothing to teach it, and says so by a
/// gradient of 0 instead of one that overflows.
@Suite struct EmptyMapTests {
  private static let losses: [@Sendable () -> Loss] = [
    { .neuronSelectivity(of: .tap("map")) },
    { .neuronSelectivity(of: .tap("map"), kernel: .linear) },
    { .neuronSelectivity(of: .tap("map"), kernel: .gaussian(variance: 1)) },
    { .attentionTransfer(of: .tap("map")) },
    { .attentionTransfer(of: .tap("map"), as: .paper) },
    { .similarityPreserving(of: .tap("map")) },
    { .correlationCongruence(of: .tap("map")) },
    { .probabilisticTransfer(of: .tap("map")) },
    { factorTransfer(.factors) }, { factorTransfer(.repDistiller) },
  ]

  private static func factorTransfer(_ compared: Loss.FactorComparison) -> Loss {
    .factorTransfer(
      of: .tap("map"),
      Paraphraser(channels: 4, using: RandomGenerator(seed: 2)),
      through: Projector(Activation.identity),
      as: compared
    )
  }

  @Test(arguments: losses.indices) func hasNoGradient(_ index: Int) throws {
    let teacher = Tensor.normal([3, 4, 3, 3], using: RandomGenerator(seed: 1))
    func seen(_ map: Tensor) -> Observation {
      Observation(map.flattened(from: 1), meaning: .reals, features: ["map": map])
    }
    let loss = Self.losses[index]()
    let (value, gradient) = try valueWithGradient(at: teacher.zerosLike) {
      try loss(Comparison(seen($0), seen(teacher), inputs: .zeros([3, 1])))
    }
    #expect(value.doubleValue.isFinite && value.doubleValue > 0, "\(loss)")
    #expect(gradient.magnitude.maximum().doubleValue == 0, "\(loss)")
  }
}
