import Networks
import Tensors

/// Brings the student's maps of several stages to the teacher's, each reviewed in the light of the
/// deeper ones: stage l gives r_l from the student's map and r_{l+1}, from the deepest up.
///
/// Each stage narrows the student's map to a common width (1×1 convolution and batch normalisation),
/// adds the deeper stage's, both weighted place by place by a learnt attention, and widens the sum to
/// the teacher's channels (3×3): the attention-based fusion of the paper.
///
/// Chen, Liu, Zhao & Jia, *Distilling Knowledge via Knowledge Review* (2021).
public struct ReviewConnector: Module {
  /// From shallow to deep.
  public let stages: [ReviewStage]

  /// - Parameters:
  ///   - student: The channels of the student's maps, from shallow to deep.
  ///   - teacher: The channels of the teacher's.
  ///   - width: The channels of the fused maps. The default is those of the student's deepest map,
  ///     at most 512, as in the authors' code.
  public init(
    student: [Int],
    teacher: [Int],
    width: Int? = nil,
    _ elementType: ElementType = .float32,
    using generator: RandomGenerator
  ) {
    precondition(
      student.count == teacher.count && !student.isEmpty,
      "ReviewConnector: \(student.count) maps of the student for \(teacher.count) of the teacher"
    )
    let width = width ?? min(512, student.last!)
    stages = student.indices.map { stage in
      ReviewStage(
        student[stage],
        width,
        teacher[stage],
        fuses: stage < student.count - 1,
        elementType,
        using: generator
      )
    }
  }

  /// The reviewed maps, from shallow to deep, each of its teacher's height and width.
  ///
  /// - Parameters:
  ///   - maps: `[batch, channels, height, width]` of each stage, or `[batch, channels]` for a
  ///     map of one place.
  ///   - extents: Height and width of the teacher's maps.
  public func review(_ maps: [Tensor], to extents: [(height: Int, width: Int)], _ pass: Pass)
    -> [Tensor]
  {
    precondition(
      maps.count == stages.count && extents.count == stages.count,
      "ReviewConnector: \(maps.count) maps for \(stages.count) stages"
    )
    var deeper: Tensor?
    var reviewed: [Tensor] = []
    for index in stages.indices.reversed() {
      let (map, fused) = stages[index].review(maps[index], deeper, to: extents[index], pass)
      deeper = fused
      reviewed.append(map)
    }
    return reviewed.reversed()
  }

  /// One map as its stage alone would review it; the others are needed for more: see ``review(_:to:_:)``.
  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    review([input], to: [(input.shape[2], input.shape[3])], pass)[0]
  }
}

/// One stage of a ``ReviewConnector``.
public struct ReviewStage: Module {
  public let narrowing: Sequential
  /// From the narrowed map and the deeper one to a weight of each, place by place; nil at the deepest
  /// stage.
  public let attention: Convolution2D?
  public let widening: Sequential

  init(
    _ channels: Int,
    _ width: Int,
    _ target: Int,
    fuses: Bool,
    _ elementType: ElementType,
    using generator: RandomGenerator
  ) {
    func normalized(_ from: Int, _ to: Int, size: Extent2D, padding: Extent2D) -> Sequential {
      Sequential(
        Convolution2D(
          from,
          to,
          size: size,
          padding: padding,
          bias: false,
          // He's for a linear layer, as the authors' code has it.
          initialization: .uniform(
            bound: (3 / Double(from * size.height * size.width)).squareRoot()
          ),
          elementType,
          using: generator
        ),
        BatchNorm(to, elementType, on: generator.device)
      )
    }
    narrowing = normalized(channels, width, size: 1, padding: 0)
    attention =
      fuses ? Convolution2D(2 * width, 2, size: 1, elementType, using: generator) : nil
    widening = normalized(width, target, size: 3, padding: 1)
  }

  /// The stage's map for the teacher's, and what the next shallower stage fuses in.
  func review(
    _ map: Tensor,
    _ deeper: Tensor?,
    to extent: (height: Int, width: Int),
    _ pass: Pass
  ) -> (map: Tensor, fused: Tensor) {
    let map = map.rank == 2 ? map.reshaped(to: map.shape + [1, 1]) : map
    var fused = narrowing(map, pass)
    if let attention, let deeper {
      let resized = Self.resized(deeper, to: (map.shape[2], map.shape[3]))
      let weights = attention(.concatenated([fused, resized], along: 1), pass).sigmoid
      fused =
        fused * weights.slicing(0..<1, along: 1) + resized * weights.slicing(1..<2, along: 1)
    }
    fused = Self.resized(fused, to: extent)
    return (widening(fused, pass), fused)
  }

  private static func resized(_ map: Tensor, to extent: (height: Int, width: Int)) -> Tensor {
    map.shape[2] == extent.height && map.shape[3] == extent.width
      ? map : map.resizedToNearest2D(height: extent.height, width: extent.width)
  }

  /// The map as the stage brings it to the teacher's channels, nothing fused in.
  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    review(input, nil, to: (input.shape[2], input.shape[3]), pass).map
  }
}
