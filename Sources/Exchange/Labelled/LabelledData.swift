import Foundation
import Tensors

/// Examples and the class of each, from any kind of file.
public struct LabelledData {
  /// Where the inputs are.
  package enum Content {
    /// `[count, numbers]`, `float32`: every input laid flat, divided by ``LabelledData/divisor``.
    case kept(Tensor)
    /// The same in their files.
    case streamed(StreamedInputs)
  }

  package let content: Content
  /// `[count, numbers]`, `float32`: every input laid flat, divided by ``divisor``. Not of examples that
  /// are streamed (``DataSource/streams``), whose inputs stay in their files.
  public var inputs: Tensor {
    guard case .kept(let inputs) = content else {
      preconditionFailure("LabelledData.inputs: examples that are streamed are not all in memory")
    }
    return inputs
  }
  /// `[count]`, `int64`, each from 0 up to the number of classes.
  public let labels: Tensor
  /// The names of the classes in the order of the labels; of the outputs where there are ``targets``.
  public let classes: [String]
  /// `[count, outputs]`, `float32`: the real numbers, or the zeros and ones of labels, that belong to the
  /// inputs in place of classes, whose labels are then all 0; nil where there are none.
  public var targets: Tensor? = nil
  /// The shape of one input: `[features]`, or `[channels, height, width]` of an image.
  public let shape: [Int]
  /// What the file's numbers were divided by: 255 for bytes, unless another was asked for.
  public var divisor: Double = 1
  /// The names of a table's columns of inputs, in their order; nil where it has none.
  public var columns: [String]? = nil
  /// The label of the first class where labels are numbers in an array: 0 or 1.
  public var firstLabel = 0
  /// What was done to the numbers, for people.
  public var remarks: [String] = []

  public var count: Int { labels.count }

  public init(
    inputs: Tensor,
    labels: Tensor,
    classes: [String],
    shape: [Int],
    divisor: Double = 1,
    columns: [String]? = nil,
    remarks: [String] = []
  ) {
    precondition(
      inputs.shape == [labels.count, shape.reduce(1, *)],
      "LabelledData: inputs \(inputs.shape), \(labels.count) labels and the shape \(shape)"
    )
    self.init(
      .kept(inputs),
      labels: labels,
      classes: classes,
      shape: shape,
      divisor: divisor,
      columns: columns,
      remarks: remarks
    )
  }

  package init(
    _ content: Content,
    labels: Tensor,
    classes: [String],
    shape: [Int],
    divisor: Double,
    columns: [String]? = nil,
    remarks: [String]
  ) {
    self.content = content
    self.labels = labels
    self.classes = classes
    self.shape = shape
    self.divisor = divisor
    self.columns = columns
    self.remarks = remarks
  }

  /// Some of the examples, in the order given.
  public subscript(rows indices: [Int]) -> LabelledData {
    let rows = Tensor(indices)
    let part: Content =
      switch content {
      case .kept(let inputs): .kept(inputs[rows: rows])
      case .streamed(let inputs): .streamed(inputs[rows: indices])
      }
    return self.part(part, labels[rows: rows], targets?[rows: rows])
  }

  /// The first examples, at most `limit`.
  public func prefix(_ limit: Int) -> LabelledData {
    let range = 0..<max(0, min(limit, count))
    let part: Content =
      switch content {
      case .kept(let inputs): .kept(inputs[range])
      case .streamed(let inputs): .streamed(inputs[rows: Array(range)])
      }
    return self.part(part, labels[range], targets?[range])
  }

  private func part(_ content: Content, _ labels: Tensor, _ targets: Tensor?) -> LabelledData {
    var part = LabelledData(
      content,
      labels: labels,
      classes: classes,
      shape: shape,
      divisor: divisor,
      columns: columns,
      remarks: remarks
    )
    part.firstLabel = firstLabel
    part.targets = targets
    return part
  }
}

extension LabelledData {
  /// How many inputs ``forEachPart(of:_:)`` hands over at once.
  package static let partSize = 1_000

  /// The inputs a part at a time, in their order, as ``inputs`` has them.
  ///
  /// - Throws: ``FileError`` when a file of streamed ones cannot be read any more, and what `body` throws.
  package func forEachPart(
    of size: Int = partSize,
    _ body: (_ rows: Range<Int>, _ inputs: Tensor) throws -> Void
  ) throws {
    for start in stride(from: 0, to: count, by: size) {
      let rows = start..<min(start + size, count)
      try body(rows, inputs(rows, inPartsOf: size))
    }
  }

  /// The inputs of a range.
  ///
  /// - Parameter size: How many will be asked for at once after them.
  package func inputs(_ rows: Range<Int>, inPartsOf size: Int = partSize) throws -> Tensor {
    switch content {
    case .kept(let inputs): return inputs[rows]
    case .streamed(let inputs):
      return try inputs.rows(Array(rows)) { step in
        let start = rows.upperBound + (step - 1) * size
        return start < count ? Array(start..<min(start + size, count)) : nil
      }
    }
  }

  /// The smallest and largest number as the files have them; of streamed ones, of all that were read
  /// together.
  package var range: [Double] {
    switch content {
    case .kept(let inputs): [inputs.minimum(), inputs.maximum()].map { $0.doubleValue * divisor }
    case .streamed(let inputs):
      // As if divided, and multiplied again.
      [inputs.range.lowerBound, inputs.range.upperBound].map {
        Double(Float($0) / Float(divisor)) * divisor
      }
    }
  }

  /// The same with all inputs in memory.
  ///
  /// - Throws: `RunError` when they would take more than half of it.
  package func inMemory() throws -> LabelledData {
    guard streamed != nil else { return self }
    let bytes = 4 * Double(count) * Double(shape.reduce(1, *))
    guard bytes < Double(MachineMemory.bytes) / 2 else {
      throw RunError(
        "this is done in memory, where \(count) inputs \(MachineMemory.excess(of: bytes)): give fewer of "
          + "them"
      )
    }
    var parts: [Tensor] = []
    try forEachPart { parts.append($1) }
    return part(.kept(.concatenated(parts)), labels, targets)
  }

  /// Those that stay in their files; nil of examples in memory.
  package var streamed: StreamedInputs? {
    if case .streamed(let inputs) = content { inputs } else { nil }
  }
}

/// Where labelled examples are, as a user says it.
public struct DataSource: Codable, Hashable, Sendable {
  /// A folder, or the file of the inputs.
  public var path: String
  /// The file of the labels, or the name of the array or column that holds them; of a column also
  /// its number from 0 where columns have no names, `first` or `last`.
  public var labels: String?
  /// The name of the array of inputs in an archive.
  public var images: String?
  /// The same for examples that are kept for the test.
  public var testPath: String?
  public var testLabels: String?
  /// The height and width that images are brought to; nil for that of most of them.
  public var imageSize: [Int]?
  /// What pixels are; nil looks at the images.
  public var color: ImageColor?
  /// How images are read; nil for ``ImageReading/stored``, as before there was a choice.
  public var imageReading: ImageReading?
  /// Whether the first line of a table names its columns; nil looks at the table.
  public var header: Bool?
  /// The columns of a table that are left out; nil for none.
  public var ignored: [String]?
  /// The columns of a table that are the inputs, in this order; nil for all others than the labels.
  public var inputs: [String]?
  /// The names of the classes in the order of the labels; nil for those found.
  public var classes: [String]?
  /// The smallest label of arrays, 0 or 1; nil looks at the labels.
  public var firstLabel: Int?
  /// What belongs to the inputs; nil for classes.
  public var targets: TargetKind?
  /// What the numbers of inputs are divided by; nil for 255 where they are bytes, else 1.
  public var divisor: Double?
  /// Whether inputs stay in their files until they are needed, for data larger than memory: folders of
  /// images, and `.npy`, of which a pattern such as `parts/*.npy` may name several. Nil reads all.
  public var streams: Bool?

  public init(
    _ path: String,
    labels: String? = nil,
    images: String? = nil,
    testPath: String? = nil,
    testLabels: String? = nil,
    imageSize: [Int]? = nil,
    color: ImageColor? = nil,
    imageReading: ImageReading? = .upright,
    header: Bool? = nil,
    classes: [String]? = nil,
    divisor: Double? = nil
  ) {
    self.path = path
    self.labels = labels
    self.images = images
    self.testPath = testPath
    self.testLabels = testLabels
    self.imageSize = imageSize
    self.color = color
    self.imageReading = imageReading
    self.header = header
    self.classes = classes
    self.divisor = divisor
  }
}

/// What belongs to inputs in place of classes.
public enum TargetKind: String, Codable, Hashable, Sendable {
  /// Real numbers.
  case reals
  /// Labels that do not exclude each other: of each 1 where it belongs to the input, else 0.
  case labels
  /// Nothing: there are inputs alone.
  case none
}

/// What a pixel is.
public enum ImageColor: String, Codable, Hashable, Sendable, CaseIterable {
  case grey, rgb

  public var channels: Int { self == .grey ? 1 : 3 }
}

/// How files of images become numbers.
public enum ImageReading: String, Codable, Hashable, Sendable, CaseIterable {
  /// Turned as their Exif says, and antialiased along each axis along which they are made smaller,
  /// as by Pillow and torchvision.
  case upright
  /// As they are stored. They are made smaller without antialiasing, but by means of what falls on a
  /// pixel where neither axis grows: what recipes that say nothing were trained with.
  case stored
}
