import CTorch

/// A source of random tensors: the same seed gives the same numbers on the same kind of device.
///
/// There is no global generator. Its state can be saved and restored, so that a run that was
/// interrupted continues with the numbers it would have drawn.
public final class RandomGenerator {
  let raw: dt_generator
  /// Where its tensors are made.
  public let device: Device

  /// A generator that starts at a seed; neighbouring seeds give unrelated numbers.
  public init(seed: UInt64, on device: Device = .cpu) {
    guard let raw = dt_generator_create(seed, device.kind.rawValue, Int32(device.index)) else {
      fatalError("RandomGenerator: \(String(cString: dt_last_error()))")
    }
    self.raw = raw
    self.device = device
  }

  deinit { dt_generator_release(raw) }

  /// Everything the next draws depend on, as bytes.
  public var state: Tensor {
    get { Tensor(owning: dt_generator_state(raw)) }
    set {
      if dt_generator_set_state(raw, newValue.moved(to: .cpu).raw) < 0 {
        report("RandomGenerator.state: \(String(cString: dt_last_error()))")
      }
    }
  }

  /// Takes over a state that a file gave, where it is one: whether it was.
  package func accepts(_ state: Tensor) -> Bool {
    (try? withTorchErrors { self.state = state }) != nil
  }

  /// A seed for a generator of its own, drawn from this one.
  public func makeSeed() -> UInt64 {
    UInt64(Tensor.randomIntegers(0..<Int.max, [1], using: self).scalar(Int.self))
  }
}

private enum Aten {
  static let rand = Operator("aten::rand", "generator")
  static let randn = Operator("aten::randn", "generator")
  static let randint = Operator("aten::randint", "low_generator")
  static let randperm = Operator("aten::randperm", "generator")
  static let bernoulli = Operator("aten::bernoulli")
  static let bernoulliScalar = Operator("aten::bernoulli", "p")
  static let multinomial = Operator("aten::multinomial")
}

extension Tensor {
  /// Uniform on [0, 1).
  public static func uniform(
    _ shape: [Int],
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) -> Tensor {
    Aten.rand(
      .integers(shape),
      .generator(generator),
      .type(elementType),
      .none,
      .device(generator.device)
    )
  }

  /// Normal with mean 0 and variance 1.
  public static func normal(
    _ shape: [Int],
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) -> Tensor {
    Aten.randn(
      .integers(shape),
      .generator(generator),
      .type(elementType),
      .none,
      .device(generator.device)
    )
  }

  /// Integers drawn uniformly from a range.
  public static func randomIntegers(
    _ range: Range<Int>,
    _ shape: [Int],
    using generator: RandomGenerator
  ) -> Tensor {
    Aten.randint(
      .integer(range.lowerBound),
      .integer(range.upperBound),
      .integers(shape),
      .generator(generator),
      .type(.int64),
      .none,
      .device(generator.device)
    )
  }

  /// 0 ..< `count` in random order.
  public static func permutation(_ count: Int, using generator: RandomGenerator) -> Tensor {
    Aten.randperm(
      .integer(count),
      .generator(generator),
      .type(.int64),
      .none,
      .device(generator.device)
    )
  }

  /// 1 with the probability that each element gives, else 0.
  public func bernoulliSample(using generator: RandomGenerator) -> Tensor {
    Aten.bernoulli(.tensor(self), .generator(generator))
  }

  /// A tensor of this one's shape and type: 1 with a probability, else 0.
  public func bernoulliMask(probability: Double, using generator: RandomGenerator) -> Tensor {
    Aten.bernoulliScalar(.tensor(detached), .real(probability), .generator(generator))
  }

  /// `count` indices per row, drawn with the probabilities (or weights) in it.
  public func categoricalSample(
    _ count: Int,
    replacing: Bool = true,
    using generator: RandomGenerator
  ) -> Tensor {
    Aten.multinomial(.tensor(self), .integer(count), .bool(replacing), .generator(generator))
  }
}
