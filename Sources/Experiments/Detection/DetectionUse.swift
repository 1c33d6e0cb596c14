import Distill
import Foundation
import Runs

/// A detector that is asked what is in images, and how precisely it finds what is known to be there.
struct DetectionUse: FieldUse {
  let world: DetectionWorld
  let detector: Detector
  let seed: UInt64

  let classes: [String] = []
  let takesText = false

  /// A row for each object that is found, the surest of an image first, in pixels of the image.
  func answers(to data: String?) throws -> FieldAnswers {
    let images = try asked(data)
    let all = try found(in: images).enumerated().flatMap { image, detections in
      detections.map { (image, $0) }
    }
    let numbers = all.flatMap { image, one in
      [Double(image + 1)] + one.box.sides + [one.score]
    }
    return FieldAnswers(
      .means(Tensor(numbers, shape: [all.count, 6])),
      outputs: ["image"] + DetectedBoxes.sides + ["probability"],
      labels: all.map { world.classes[$0.1.label] },
      files: images.files.map { files in all.map { files[$0.0].name } }
    )
  }

  func evaluation(
    on data: String?,
    outcome: String?,
    teacherValues: String?
  ) throws -> StudentEvaluation {
    try refuse("--teacher-values", teacherValues, "which is measured by the boxes that are there")
    let images = try asked(data)
    let truth = try data.map { _ in
      guard let outcome else {
        throw RunError(
          "which boxes are in the images is not known: name their table, of file (or image), "
            + "\(DetectedBoxes.sides.joined(separator: ", ")) and label, with --labels"
        )
      }
      return try DetectedBoxes(outcome, classes: world.classes)
        .boxes(of: images.files?.map(\.name), count: images.count)
    }
    let boxes = truth ?? world.test.truth
    guard boxes.contains(where: { !$0.isEmpty }) else {
      throw RunError("there is no box in any of the images: give some with objects in them")
    }
    let matched = MatchedDetections(of: try found(in: images), against: boxes)
    let all = matched.precision()
    let resamples = DetectionMeasurement.draws(
      world.recipe.resamples,
      of: boxes.count,
      seed: seed
    ).map { matched.precision(drawing: $0) }
    func measure(
      _ kind: DetectionMeasurement.Kind,
      _ value: ((mean: Double?, atHalf: Double?)) -> Double?
    ) -> StudentEvaluation.Measure {
      let spread = Estimate(of: resamples.map { value($0) ?? 0 }).variance.squareRoot()
      return .init(name: kind.rawValue, student: .init(value(all) ?? 0, standardError: spread))
    }
    return StudentEvaluation(
      examples: boxes.count,
      [measure(.mean) { $0.mean }, measure(.atHalf) { $0.atHalf }]
    )
  }

  /// Images as the detector sees them.
  private struct Images {
    /// `[count, channels, side, side]`.
    let pixels: Tensor
    /// Nil where they are of no files of their own.
    var files: [(name: String, url: URL)]?

    var count: Int { pixels.shape[0] }
  }

  private func asked(_ data: String?) throws -> Images {
    guard let data else { return Images(pixels: world.test.images) }
    let shape = Array(world.test.images.shape.dropFirst())
    let rows = try UnlabelledInputs(shape: shape).read(data)
    let url = URL(fileURLWithPath: data)
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: data, isDirectory: &isFolder)
    var files: [(name: String, url: URL)]?
    if isFolder.boolValue {
      files = try LabelledSource.files(in: url).filter(ImageFile.isImage).map {
        (name: String($0.path.dropFirst(url.path.count + 1)), url: $0)
      }
    } else if ImageFile.isImage(url) {
      files = [(name: url.lastPathComponent, url: url)]
    }
    return Images(pixels: rows.reshaped(to: [-1] + shape), files: files)
  }

  /// Objects in pixels of the images as they are in their files.
  private func found(in images: Images) throws -> [[Detection]] {
    let seen = try withTorchErrors { detector.detections(inAll: images.pixels) }
    guard let files = images.files else { return seen }
    return try zip(files, seen).map { file, detections in
      let size = try ImageFile.header(of: file.url)
      let grid = detector.layout.grid
      let (right, down) = (
        Double(size.width) / Double(grid.width), Double(size.height) / Double(grid.height)
      )
      return detections.map { one in
        Detection(
          Box(
            left: one.box.left * right,
            top: one.box.top * down,
            right: one.box.right * right,
            bottom: one.box.bottom * down
          ),
          label: one.label,
          score: one.score
        )
      }
    }
  }
}

extension Box {
  fileprivate var sides: [Double] { [left, top, right, bottom] }
}

/// A table of the boxes in images, as `distill predict` writes those that are found.
private struct DetectedBoxes {
  static let sides = ["left", "top", "right", "bottom"]

  let path: String
  private let listed: [LabelledBox]
  private let columns: [String]

  /// - Throws: One sentence when a column or a number is missing, or a label is no class.
  init(_ path: String, classes: [String]) throws {
    self.path = path
    let labels = try PredictionTable.labels("label", of: path, classes)
    let values = try PredictionTable.columns(Self.sides, of: path).rowsOfScalars
    listed = zip(values, labels).map { sides, label in
      LabelledBox(
        Box(left: sides[0], top: sides[1], right: sides[2], bottom: sides[3]),
        label: label
      )
    }
    columns = try CSVReader(URL(fileURLWithPath: path)).columns
  }

  /// The boxes of each image.
  ///
  /// - Parameters:
  ///   - files: Of the images; nil where they have numbers alone, from 1.
  ///   - count: How many images there are.
  /// - Throws: `RunError` when a box is in none of them.
  func boxes(of files: [String]?, count: Int) throws -> [[LabelledBox]] {
    var all = [[LabelledBox]](repeating: [], count: count)
    for (row, place) in try places(files).enumerated() {
      guard let place, all.indices.contains(place) else {
        throw RunError("box \(row + 1) of '\(path)' is in none of the \(grouped(count)) images")
      }
      all[place].append(listed[row])
    }
    return all
  }

  private func places(_ files: [String]?) throws -> [Int?] {
    if let files, columns.contains("file") {
      let places = Dictionary(files.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
      return try TextInputs.texts(of: "file", in: path).map { places[$0] }
    }
    return try PredictionTable.columns(["image"], of: path).scalars(Double.self)
      .map { Int(exactly: $0).map { $0 - 1 } }
  }
}
