import Networks
import Tensors

/// Says what the teacher's map says in fewer channels, the factors: an autoencoder of three
/// convolutions and three transposed ones.
///
/// It learns to rebuild the teacher's map before it is used, and stays as it is then:
///
/// ```swift
/// let paraphraser = Paraphraser(channels: 64, using: RandomGenerator(seed: 1))
/// try paraphraser.learn(teacher, at: "layer3", on: images)
/// let loss: Loss = .crossEntropy() + 500 * .factorTransfer(of: .tap("layer3"), paraphraser)
/// ```
///
/// Kim, Park & Kwak, *Paraphrasing Complex Network: Network Compression via Factor Transfer* (2018):
/// half as many factors as channels; leaky ReLU of slope 0.1 between the layers.
public struct Paraphraser: Module {
  public let encoder: Sequential
  public let decoder: Sequential

  /// - Parameters:
  ///   - channels: Those of the teacher's map.
  ///   - rate: Factors for each channel, k.
  ///   - isNormalized: Whether batch normalisation follows the convolutions. The default is not, as
  ///     for the teacher's side in the paper.
  public init(
    channels: Int,
    rate: Double = 0.5,
    isNormalized: Bool = false,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    let factors = Int(Double(channels) * rate)
    precondition(factors > 0, "Paraphraser: \(channels) channels × \(rate) are no factors")
    encoder = Sequential(
      Self.encoding(channels, inner: channels, factors, isNormalized, elementType, generator)
    )
    func back(_ inputs: Int, _ outputs: Int) -> [any Module] {
      [
        TransposedConvolution2D(
          inputs,
          outputs,
          size: 3,
          padding: 1,
          elementType,
          using: generator
        )
      ]
        + (isNormalized ? [BatchNorm(outputs, elementType, on: generator.device)] : [])
        + [LeakyReLU(slope: 0.1)]
    }
    decoder = Sequential(
      back(factors, factors) + back(factors, channels) + back(channels, channels)
    )
  }

  /// Three 3×3 convolutions, each with leaky ReLU: what paraphraser and translator have in common.
  static func encoding(
    _ inputs: Int,
    inner: Int,
    _ factors: Int,
    _ isNormalized: Bool,
    _ elementType: ElementType,
    _ generator: RandomGenerator
  ) -> [any Module] {
    [(inputs, inner), (inner, factors), (factors, factors)].flatMap { pair -> [any Module] in
      [Convolution2D(pair.0, pair.1, size: 3, padding: 1, elementType, using: generator)]
        + (isNormalized ? [BatchNorm(pair.1, elementType, on: generator.device)] : [])
        + [LeakyReLU(slope: 0.1)]
    }
  }

  /// The map rebuilt from its factors.
  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    decoder(encoder(input, pass), pass)
  }

  /// Learns to rebuild what the teacher shows at a tap: ½‖x − rebuilt x‖², mean over the batch.
  ///
  /// - Parameters:
  ///   - tap: The teacher's tap, a map `[batch, channels, height, width]`.
  ///   - inputs: They end the learning.
  ///   - optimizer: How parameters move. The default is Adam as its paper has it.
  ///   - progress: Called after every step; may stop the learning.
  /// - Throws: What the teacher throws, and ``DistillationError`` when the tap is missing or no map.
  @discardableResult
  public func learn(
    _ teacher: any Teacher,
    at tap: String,
    on inputs: any Inputs,
    using optimizer: any Optimizer = Adam(),
    progress: ((TrainingProgress) -> Continuation)? = nil
  ) throws -> TrainingRecord {
    let maps = FunctionOfStep(inputs.stepCount) { step in
      guard let batch = try inputs.batch(step) else { return nil }
      let map = try teacher.observe(batch, Request(features: [tap])).tapped(tap, "teacher")
      guard map.rank == 4 else {
        throw DistillationError(
          "a paraphraser rebuilds maps [batch, channels, height, width], but tap '\(tap)' of the "
            + "teacher gives \(map.shape): name the tap of a convolution"
        )
      }
      return Batch(map, observation: Observation(map.flattened(from: 1), meaning: .reals))
    }
    return try train(
      Sequential(self, Flatten()),
      observedAs: .reals,
      on: maps,
      minimizing: .squaredError,
      using: optimizer,
      progress: progress
    )
  }
}

/// x where positive, `slope`·x elsewhere.
struct LeakyReLU: Module {
  let slope: Double

  func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input.leakyReLU(slope: slope) }

  var members: [(name: String, member: ModuleMember)] { [] }
}
