import Networks
import Tensors

/// What brings a student's feature to the shape of the teacher's, and is trained with the student:
/// also called connector, regressor, translator or adapter.
///
/// Features are vectors `[batch, width]`, sequences `[batch, length, width]` or maps
/// `[batch, channels, height, width]`. The layers are made when both features are first seen:
///
/// ```swift
/// let loss: Loss = .crossEntropy() + 100 * .hints(of: .taps(student: "1", teacher: "layer2"))
/// let record = try distill(teacher, into: student, on: images, minimizing: loss)
/// print(record.announcements)
/// // ["put a projector 64×8×8 → 128×8×8 (3×3 convolution, …) between student tap '1' and …"]
/// ```
///
/// or at once for shapes that are given, or by hand:
///
/// ```swift
/// let projector = try Projector(.linear, from: [64, 8, 8], to: [128, 8, 8])
/// let own = Projector(Sequential(Linear(64, 256, using: generator), Activation.gelu))
/// ```
///
/// Where height or width still differ after the layers, the map is averaged over regions (to become
/// smaller) or interpolated bilinearly (to become larger).
public final class Projector: DeferredModule {
  public let style: Style
  /// Whether layers are put in even where the shapes are equal already.
  public let always: Bool
  /// Where the first weights come from.
  public let seed: UInt64
  public private(set) var layers: Sequential?
  public private(set) var shapes: [[Int]]?
  /// What it stands between, for ``announcement``.
  public internal(set) var place = "student and teacher"

  /// A projector whose layers are made when it first sees what it connects.
  ///
  /// - Parameters:
  ///   - style: Which layers. The default is a single linear one.
  ///   - always: Whether layers are put in even where the shapes are equal already. The default
  ///     leaves equal shapes alone.
  public init(_ style: Style = .linear, always: Bool = false, seed: UInt64 = 0) {
    self.style = style
    self.always = always
    self.seed = seed
  }

  /// A projector with layers for shapes without the batch axis, such as `[64, 8, 8]` or `[512]`.
  ///
  /// - Throws: ``DistillationError`` when the style has no layers for these shapes.
  public convenience init(
    _ style: Style = .linear,
    from student: [Int],
    to teacher: [Int],
    always: Bool = false,
    _ elementType: ElementType = .float32,
    on device: Device = .cpu,
    seed: UInt64 = 0
  ) throws {
    self.init(style, always: always, seed: seed)
    try build(for: [student, teacher], like: .zeros([], elementType, on: device))
  }

  /// A module of one's own as a projector.
  public init(_ module: any Module) {
    style = Style("own module") { _, _, _ in [] }
    always = true
    seed = 0
    layers = Sequential(module)
  }

  public func build(for shapes: [[Int]], like example: Tensor) throws {
    self.shapes = shapes
    guard layers == nil else { return }
    let (student, teacher) = (shapes[0], shapes[1])
    guard student.count == teacher.count, (1...3).contains(student.count) else {
      self.shapes = nil
      throw DistillationError(
        "no projector fits \(Self.text(student)) to \(Self.text(teacher)) between \(place): both "
          + "must be vectors, sequences or maps, so flatten or pool one, or tap another layer"
      )
    }
    if student.count == 2 && student[0] != teacher[0] {
      self.shapes = nil
      throw DistillationError(
        "no projector fits sequences of \(student[0]) and \(teacher[0]) places between \(place): "
          + "they must be equally long, so tap layers that are"
      )
    }
    if !always && student == teacher { return }
    let generator = RandomGenerator(seed: seed, on: example.device)
    layers = Sequential(
      try style.layers(student, teacher, Maker(elementType: example.elementType, generator))
    )
  }

  /// The student's feature in the shape of the teacher's.
  ///
  /// - Throws: ``DistillationError`` when the features are not of the kind that the projector was
  ///   made for.
  public func callAsFunction(
    _ student: Tensor,
    toward teacher: Tensor,
    _ pass: Pass = .evaluation
  ) throws -> Tensor {
    try self(student, to: Array(teacher.shape.dropFirst()), pass)
  }

  /// The student's feature in a shape without the batch axis.
  func callAsFunction(_ student: Tensor, to shape: [Int], _ pass: Pass) throws -> Tensor {
    if shapes == nil { try build(for: [Array(student.shape.dropFirst()), shape], like: student) }
    if let shapes, layers != nil, style.isRefusing(shapes[0], Array(student.shape.dropFirst())) {
      throw DistillationError(
        "the projector between \(place) was made for \(Self.text(shapes[0])), but sees "
          + "\(Self.text(student.shape.dropFirst())): make another for these features"
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
    guard Array(result.shape.dropFirst()) == shape else {
      throw DistillationError(
        "the projector between \(place) gives \(Self.text(result.shape.dropFirst())) where the "
          + "teacher has \(Self.text(shape)): its last layer must have the teacher's width"
      )
    }
    return result
  }

  /// The layers alone, which cannot know what shape is wanted.
  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { layers?(input, pass) ?? input }

  public var members: [(name: String, member: ModuleMember)] { layers?.members ?? [] }

  public var announcement: String? {
    guard let shapes, layers != nil else { return nil }
    let ends = "\(Self.text(shapes[0])) → \(Self.text(shapes[1]))"
    return "put a projector \(ends) (\(style.name), \(parameterCount) parameters, trained with the "
      + "student) between \(place)"
  }

  private static func text(_ shape: some Sequence<Int>) -> String {
    shape.map(String.init).joined(separator: "×")
  }
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
