import Networks
import Tensors

/// How a student's feature is brought to the shape of the teacher's, by layers that are trained with
/// the student: also called connector, regressor, translator or adapter.
///
/// Features are vectors `[batch, width]`, sequences `[batch, length, width]` or maps
/// `[batch, channels, height, width]`. The layers, a ``Connector``, are made for each student when
/// both features are first seen:
///
/// ```swift
/// let loss: Loss = .crossEntropy() + 100 * .hints(of: .taps(student: "1", teacher: "layer2"))
/// let record = try distill(teacher, into: student, on: images, minimizing: loss)
/// print(record.notes)
/// // ["put a projector 64×8×8 → 128×8×8 (3×3 convolution, …) between student tap '1' and …"]
/// ```
///
/// Where height or width still differ after the layers, the map is averaged over regions (to become
/// smaller) or interpolated bilinearly (to become larger).
public struct Projector {
  public let style: Style
  /// Whether layers are put in even where the shapes are equal already.
  public let always: Bool
  /// Where the first weights come from.
  public let seed: UInt64
  private let module: (any Module)?

  /// - Parameters:
  ///   - style: Which layers. The default is a single linear one.
  ///   - always: Whether layers are put in even where the shapes are equal already. The default
  ///     leaves equal shapes alone.
  public init(_ style: Style = .linear, always: Bool = false, seed: UInt64 = 0) {
    self.style = style
    self.always = always
    self.seed = seed
    module = nil
  }

  /// A module of one's own, which is trained with every student that it serves.
  public init(_ module: any Module) {
    style = Style("own module") { _, _, _ in [] }
    always = true
    seed = 0
    self.module = module
  }

  /// The layers for shapes without the batch axis, such as `[64, 8, 8]` or `[512]`.
  ///
  /// - Parameters:
  ///   - place: What they stand between, in words.
  ///   - example: Whose element type and device they have.
  /// - Throws: ``DistillationError`` when nothing fits the shapes.
  public func connector(
    from student: [Int],
    to teacher: [Int],
    _ place: String = "student and teacher",
    like example: Tensor = .zeros([])
  ) throws -> Connector {
    func made(_ layers: [any Module]?) -> Connector {
      Connector(
        style: style,
        layers: layers.map { Sequential($0) },
        shapes: [student, teacher],
        place: place,
        elementType: example.elementType,
        device: example.device
      )
    }
    if let module { return made([module]) }
    guard student.count == teacher.count, (1...3).contains(student.count) else {
      throw DistillationError(
        "no projector fits \(student.text) to \(teacher.text) between \(place): both "
          + "must be vectors, sequences or maps, so flatten or pool one, or tap another layer"
      )
    }
    if student.count == 2 && student[0] != teacher[0] {
      throw DistillationError(
        "no projector fits sequences of \(student[0]) and \(teacher[0]) places between \(place): "
          + "they must be equally long, so tap layers that are"
      )
    }
    if !always && student == teacher { return made(nil) }
    let generator = RandomGenerator(seed: seed, on: example.device)
    let maker = Maker(elementType: example.elementType, generator)
    return made(try style.layers(student, teacher, maker))
  }
}

/// The layers of a ``Projector`` between one student and one teacher.
public struct Connector: Module {
  let style: Projector.Style
  /// Nil where the shapes are equal.
  public let layers: Sequential?
  /// The shapes of student and teacher that the layers were made for, without the batch axis.
  public let shapes: [[Int]]
  let place: String
  let elementType: ElementType
  let device: Device

  /// The student's feature in the shape of the teacher's.
  ///
  /// - Throws: ``DistillationError`` when the features are not of the kind that the layers were made
  ///   for.
  public func callAsFunction(
    _ student: Tensor,
    toward teacher: Tensor,
    _ pass: Pass = .evaluation
  ) throws -> Tensor {
    try self(student, to: Array(teacher.shape.dropFirst()), pass)
  }

  /// The student's feature in a shape without the batch axis.
  func callAsFunction(_ student: Tensor, to shape: [Int], _ pass: Pass) throws -> Tensor {
    let seen = Array(student.shape.dropFirst())
    if layers != nil, style.isRefusing(shapes[0], seen) {
      throw DistillationError(
        "the projector between \(place) was made for \(shapes[0].text), but sees \(seen.text): make "
          + "another for these features"
      )
    }
    let extent = Array(shape.dropFirst())
    var result = student
    let isMap = student.rank == 4 && shape.count == 3
    // Linear layers of single places may as well come after averaging, with less to do.
    if isMap && style.isPointwise && zip(student.shape.dropFirst(2), extent).allSatisfy(>=) {
      result = result.resampled(to: extent)
    }
    if let layers { result = layers(result, pass) }
    if isMap && result.rank == 4 { result = result.resampled(to: extent) }
    let brought = Array(result.shape.dropFirst())
    guard brought == shape else {
      throw DistillationError(
        "the projector between \(place) gives \(brought.text) where the teacher has \(shape.text): "
          + "its last layer must have the teacher's width"
      )
    }
    return result
  }

  /// The layers alone, which cannot know what shape is wanted.
  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { layers?(input, pass) ?? input }

  public var members: [(name: String, member: ModuleMember)] { layers?.members ?? [] }

  /// What was put in, in a sentence; nil where nothing was.
  var note: String? {
    guard layers != nil else { return nil }
    return "put a projector \(shapes[0].text) → \(shapes[1].text) (\(style.name), "
      + "\(parameterCount) parameters, trained with the student) between \(place)"
  }
}

extension [Int] {
  /// A shape as it is written.
  fileprivate var text: String { map(String.init).joined(separator: "×") }
}

extension Tensor {
  /// A map `[batch, channels, height, width]` of another height and width: averages over regions
  /// where neither becomes larger, bilinear interpolation otherwise.
  func resampled(to extent: [Int]) -> Tensor {
    let own = Array(shape.suffix(2))
    if own == extent { return self }
    return zip(own, extent).allSatisfy(>=)
      ? averagePooled(to: extent) : resized2D(toHeight: extent[0], width: extent[1])
  }
}
