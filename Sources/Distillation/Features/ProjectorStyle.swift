import Networks
import Tensors

extension Projector {
  /// What new layers are made with.
  public struct Maker {
    public let elementType: ElementType
    public let generator: RandomGenerator

    init(elementType: ElementType, _ generator: RandomGenerator) {
      self.elementType = elementType
      self.generator = generator
    }

    /// A linear layer of each place: `Linear` for vectors and sequences, a 1×1 convolution for maps.
    ///
    /// - Parameters:
    ///   - rank: Axes of the features without the batch axis: 1, 2 or 3.
    public func pointwise(_ inputs: Int, _ outputs: Int, rank: Int, bias: Bool = true) -> any Module
    {
      rank == 3
        ? Convolution2D(inputs, outputs, size: 1, bias: bias, elementType, using: generator)
        : Linear(inputs, outputs, bias: bias, elementType, using: generator)
    }

    public func batchNorm(_ channels: Int) -> BatchNorm {
      BatchNorm(channels, elementType, on: generator.device)
    }
  }

  /// Which layers a projector is made of.
  ///
  /// Further styles are a name and a function from shapes to layers.
  public struct Style: Sendable {
    /// What the layers are called in a sentence.
    public let name: String
    /// Whether the layers look at each place of a map apart, whatever its height and width.
    let isPointwise: Bool
    let layers: @Sendable (_ student: [Int], _ teacher: [Int], Maker) throws -> [any Module]

    /// - Parameters:
    ///   - isPointwise: Whether the layers look at each place of a map apart. The default is not.
    ///   - layers: From the shapes of student and teacher without the batch axis; layers that leave
    ///     height and width wrong are helped by averaging or interpolation.
    public init(
      _ name: String,
      isPointwise: Bool = false,
      layers: @escaping @Sendable (_ student: [Int], _ teacher: [Int], Maker) throws -> [any Module]
    ) {
      self.name = name
      self.isPointwise = isPointwise
      self.layers = layers
    }

    /// The channels of maps are their first axis, those of vectors and sequences the last.
    static func channels(_ shape: [Int]) -> Int { shape.count == 3 ? shape[0] : shape.last! }

    /// Whether layers made for one shape cannot work on another.
    func isRefusing(_ made: [Int], _ seen: [Int]) -> Bool {
      made.count != seen.count || Self.channels(made) != Self.channels(seen)
    }

    /// One linear layer of each place, with a bias.
    public static let linear = Style("linear", isPointwise: true) { student, teacher, make in
      [make.pointwise(channels(student), channels(teacher), rank: student.count)]
    }

    /// One linear layer of each place without bias, then batch normalisation: the connectors of
    /// activation boundaries and of the overhaul (Heo et al. 2019).
    public static let normalized = Style("linear and BatchNorm", isPointwise: true) {
      student,
      teacher,
      make in
      try requireChannelsSecond(student, "normalized")
      return [
        make.pointwise(channels(student), channels(teacher), rank: student.count, bias: false),
        make.batchNorm(channels(teacher)),
      ]
    }

    /// A convolution that also gives the teacher's height and width, batch normalisation and ReLU:
    /// stride 2 where the student's map is twice as large, its transpose where it is half as large,
    /// else a window as large as the difference needs (Romero et al. 2015). Vectors get a linear
    /// layer in place of the convolution.
    public static let regressor = Style("convolution, BatchNorm and ReLU") {
      student,
      teacher,
      make in
      try requireChannelsSecond(student, "regressor")
      return [
        resizing(student, teacher, make), make.batchNorm(channels(teacher)), Activation.relu,
      ]
    }

    /// The convolution of ``regressor`` alone, with its bias: the hint's regressor as the paper
    /// defines it, up to the nonlinearity.
    public static let convolution = Style("convolution") { student, teacher, make in
      [resizing(student, teacher, make)]
    }

    /// Three linear layers of each place with ReLU between them, without biases and all as wide as the
    /// teacher: the
    /// mean of variational information distillation (Ahn et al. 2019).
    public static let perceptron = Style("three linear layers with ReLU", isPointwise: true) {
      student,
      teacher,
      make in
      let (own, other) = (channels(student), channels(teacher))
      return [
        make.pointwise(own, other, rank: student.count, bias: false), Activation.relu,
        make.pointwise(other, other, rank: student.count, bias: false), Activation.relu,
        make.pointwise(other, other, rank: student.count, bias: false),
      ]
    }

    /// A linear layer or the convolution that maps one height and width to the other.
    static func resizing(_ student: [Int], _ teacher: [Int], _ make: Maker) -> any Module {
      let (own, other) = (channels(student), channels(teacher))
      guard student.count == 3 else { return make.pointwise(own, other, rank: student.count) }
      let (height, width) = (student[1], student[2])
      if height == 2 * teacher[1] && width == 2 * teacher[2] {
        return Convolution2D(
          own,
          other,
          size: 3,
          stride: 2,
          padding: 1,
          make.elementType,
          using: make.generator
        )
      }
      if 2 * height == teacher[1] && 2 * width == teacher[2] {
        return TransposedConvolution2D(
          own,
          other,
          size: 4,
          stride: 2,
          padding: 1,
          make.elementType,
          using: make.generator
        )
      }
      // Where the student's map is smaller, interpolation does the rest.
      let size = Extent2D(1 + max(0, height - teacher[1]), 1 + max(0, width - teacher[2]))
      return Convolution2D(own, other, size: size, make.elementType, using: make.generator)
    }

    /// Batch normalisation takes the second axis for the channels.
    static func requireChannelsSecond(_ shape: [Int], _ style: String) throws {
      guard shape.count != 2 else {
        throw DistillationError(
          "the \(style) projector normalises channels and cannot be put between sequences: use the "
            + "linear or the perceptron style"
        )
      }
    }
  }
}
