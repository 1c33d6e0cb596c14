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
    { factorTransfer(through: halving, as: .factors) },
    { factorTransfer(through: halving, as: .repDistiller) },
  ]

  private static var halving: Projector {
    Projector(Convolution2D(4, 2, size: 1, bias: false, using: RandomGenerator(seed: 3)))
  }

  private static func factorTransfer(
    through translator: Projector,
    as compared: Loss.FactorComparison
  ) -> Loss {
    .factorTransfer(
      of: .tap("map"),
      Paraphraser(channels: 4, using: RandomGenerator(seed: 2)),
      through: translator,
      as: compared
    )
  }

  private func valueAndGradient(_ loss: Loss) throws -> (value: Double, gradient: Double) {
    let teacher = Tensor.normal([3, 4, 3, 3], using: RandomGenerator(seed: 1))
    func seen(_ map: Tensor) -> Observation {
      Observation(map.flattened(from: 1), meaning: .reals, features: ["map": map])
    }
    let (value, gradient) = try valueWithGradient(at: teacher.zerosLike) {
      try loss(Comparison(seen($0), seen(teacher), inputs: .zeros([3, 1])))
    }
    return (value.doubleValue, gradient.magnitude.maximum().doubleValue)
  }

  @Test(arguments: losses.indices) func hasNoGradient(_ index: Int) throws {
    let loss = Self.losses[index]()
    let (value, gradient) = try valueAndGradient(loss)
    #expect(value.isFinite && value > 0, "\(loss)")
    #expect(gradient == 0, "\(loss)")
  }

  /// A translator has biases of its own, and so a direction even there.
  @Test(arguments: [Loss.FactorComparison.factors, .repDistiller])
  func teachesATranslatorWithoutOverflow(_ compared: Loss.FactorComparison) throws {
    let translator = Projector(.translator, always: true)
    let (value, gradient) = try valueAndGradient(
      Self.factorTransfer(through: translator, as: compared)
    )
    #expect(value.isFinite && value > 0)
    #expect(gradient < 1)
  }
}
