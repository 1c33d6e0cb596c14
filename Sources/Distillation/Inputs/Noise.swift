import Mathematics
import Tensors

/// Inputs made of noise: behaviour can be copied without any data.
public struct Noise: Inputs {
  /// What the noise is drawn from.
  public enum Kind: Sendable {
    case normal(mean: Double = 0, standardDeviation: Double = 1)
    case uniform(ClosedRange<Double> = 0...1)
  }

  public let kind: Kind
  /// The shape of one example.
  public let shape: [Int]
  public let batchSize: Int
  public let stepCount: Int?
  private let seed: UInt64
  private let elementType: ElementType
  private let device: Device

  /// - Parameters:
  ///   - shape: The shape of one example, `[784]`.
  ///   - kind: The default is normal with mean 0 and variance 1.
  ///   - steps: How many batches, or nil to go on for ever.
  ///   - seed: Where the numbers come from; each step has a generator of its own.
  public init(
    _ shape: [Int],
    _ kind: Kind = .normal(),
    batchesOf batchSize: Int,
    steps: Int? = nil,
    seed: UInt64,
    _ elementType: ElementType = .float32,
    on device: Device = .cpu
  ) {
    precondition(batchSize > 0, "Noise: batches of \(batchSize), must be positive")
    self.kind = kind
    self.shape = shape
    self.batchSize = batchSize
    self.seed = seed
    self.elementType = elementType
    self.device = device
    stepCount = steps
  }

  public func batch(_ step: Int) -> Batch? {
    if let stepCount, step >= stepCount { return nil }
    let generator = RandomGenerator(seed: mixed(seed, step), on: device)
    let full = [batchSize] + shape
    switch kind {
    case .normal(let mean, let deviation):
      let noise = Tensor.normal(full, elementType, using: generator)
      return Batch(deviation == 1 && mean == 0 ? noise : noise * deviation + mean)
    case .uniform(let range):
      let noise = Tensor.uniform(full, elementType, using: generator)
      return Batch(noise * (range.upperBound - range.lowerBound) + range.lowerBound)
    }
  }
}
