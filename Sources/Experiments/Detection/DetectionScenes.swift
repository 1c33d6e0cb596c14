import Distill
import Foundation
import Runs

/// What scenes are made of.
package enum DetectionScenes: String, Codable, CaseIterable {
  /// Several of Fashion-MNIST's garments, grey.
  case garments
  /// Colour emoji on aerial photographs.
  case emoji
  /// Parts of aerial photographs with trees.
  case aerial

  package var channels: Int { self == .garments ? 1 : 3 }
}

/// Scenes, and what is in each.
package struct SceneSet {
  /// `[scenes, channels, side, side]`.
  package let images: Tensor
  package let truth: [[LabelledBox]]

  package init(_ scenes: (images: Tensor, truth: [[LabelledBox]]), on device: Device) {
    (images, truth) = (scenes.images.moved(to: device), scenes.truth)
  }
}

/// The scenes of the parts, of which none has a garment, a picture or a place of another.
package struct DetectionParts {
  package let classes: [String]
  package let training: (images: Tensor, truth: [[LabelledBox]])
  package let validation: (images: Tensor, truth: [[LabelledBox]])
  package let test: (images: Tensor, truth: [[LabelledBox]])

  /// - Throws: `RunError`, ``FileError`` or ``VisionError`` when the data are missing, damaged, or too
  ///   small for the scenes.
  package init(_ recipe: DetectionExperiment, seed: UInt64) throws {
    switch recipe.scenes {
    case .garments: try self.init(garments: recipe, seed)
    case .emoji: try self.init(emoji: recipe, seed)
    case .aerial: try self.init(aerial: recipe, seed)
    }
  }

  /// Every part has a seed of its own.
  private static func seed(_ seed: UInt64, _ part: UInt64) -> UInt64 { seed &* 1_000_003 &+ part }

  private init(garments recipe: DetectionExperiment, _ seed: UInt64) throws {
    let folder = URL(fileURLWithPath: recipe.data)
    let known = try LabelledImages.fashionMNIST(in: folder, .training)
    let unseen = try LabelledImages.fashionMNIST(in: folder, .test)
    let first = known.count - known.count / 6
    func scenes(
      _ garments: LabelledImages,
      _ range: Range<Int>,
      _ count: Int,
      part: UInt64
    ) throws -> (images: Tensor, truth: [[LabelledBox]]) {
      try ComposedScenes(
        garments.images[range].reshaped(to: [range.count, 28, 28]),
        labels: garments.labels[range],
        height: recipe.side,
        width: recipe.side,
        objects: recipe.objects[0]...recipe.objects[1],
        scales: recipe.scales[0]...recipe.scales[1],
        overlap: 0.15,
        clutter: recipe.clutter,
        noise: recipe.noise,
        seed: Self.seed(seed, part)
      ).first(count)
    }
    classes = known.classes
    training = try scenes(known, 0..<first, recipe.labelled + recipe.unlabelled, part: 1)
    validation = try scenes(known, first..<known.count, recipe.validation, part: 2)
    test = try scenes(unseen, 0..<unseen.count, recipe.test, part: 3)
  }

  private init(emoji recipe: DetectionExperiment, _ seed: UInt64) throws {
    let folder = URL(fileURLWithPath: recipe.data)
    let pictures = try NumPy.read(from: folder.appendingPathComponent("pictures.npy"))
    let labels = try NumPy.read(from: folder.appendingPathComponent("labels.npy"))
    let names = try RegularFile.text(folder.appendingPathComponent("classes.txt"))
      .split(separator: "\n").map(String.init)
    guard pictures.rank == 4, pictures.shape[3] == 4, labels.shape == [pictures.shape[0]],
      labels.scalars(Int.self).allSatisfy(names.indices.contains)
    else {
      throw RunError(
        "'\(folder.path)' has pictures of shape \(pictures.shape) with labels of shape "
          + "\(labels.shape) for \(names.count) classes: make them anew with `make data-detection`"
      )
    }
    let places = try AerialPhotographs(recipe)
    func scenes(
      _ turns: [Int],
      _ photograph: Tensor,
      _ count: Int,
      part: UInt64
    ) throws -> (images: Tensor, truth: [[LabelledBox]]) {
      // Of neighbours in the font every sixth is for validation and every sixth for the test.
      let rows = Tensor((0..<pictures.shape[0]).filter { turns.contains($0 % 6) })
      return try PastedScenes(
        pictures[rows: rows].permuted(to: [0, 3, 1, 2]),
        labels: labels[rows: rows],
        on: [photograph],
        height: recipe.side,
        width: recipe.side,
        objects: recipe.objects[0]...recipe.objects[1],
        scales: recipe.scales[0]...recipe.scales[1],
        overlap: 0.15,
        seed: Self.seed(seed, part)
      ).first(count)
    }
    classes = names
    training = try scenes(
      [0, 1, 2, 3],
      places.training,
      recipe.labelled + recipe.unlabelled,
      part: 1
    )
    validation = try scenes([4], places.validation, recipe.validation, part: 2)
    test = try scenes([5], places.test, recipe.test, part: 3)
  }

  private init(aerial recipe: DetectionExperiment, _ seed: UInt64) throws {
    let places = try AerialPhotographs(recipe)
    func scenes(
      _ photograph: Tensor,
      _ boxes: [LabelledBox],
      part: UInt64
    ) throws -> CroppedScenes {
      try CroppedScenes(
        photograph,
        boxes: boxes,
        height: recipe.side,
        width: recipe.side,
        seed: Self.seed(seed, part)
      )
    }
    func prefix(
      _ scenes: (images: Tensor, truth: [[LabelledBox]]),
      _ count: Int
    ) -> (images: Tensor, truth: [[LabelledBox]]) {
      let count = min(count, scenes.truth.count)
      return (scenes.images[0..<count], Array(scenes.truth[..<count]))
    }
    classes = ["tree"]
    training = try scenes(places.training, places.trainingBoxes, part: 1)
      .first(recipe.labelled + recipe.unlabelled)
    validation = prefix(
      try scenes(places.validation, places.validationBoxes, part: 2).tiles,
      recipe.validation
    )
    test = prefix(try scenes(places.test, places.testBoxes, part: 3).tiles, recipe.test)
  }
}

/// Two photographs of forest at half their size: the left three quarters of one for training, the rest
/// of it for validation, the other for the test.
private struct AerialPhotographs {
  let training: Tensor
  let trainingBoxes: [LabelledBox]
  let validation: Tensor
  let validationBoxes: [LabelledBox]
  let test: Tensor
  let testBoxes: [LabelledBox]

  init(_ recipe: DetectionExperiment) throws {
    let folder = URL(fileURLWithPath: recipe.photographs)
    func photograph(_ name: String) throws -> (image: Tensor, boxes: [Box]) {
      let image = try ImageFile.read(from: folder.appendingPathComponent("\(name).png"), as: .rgb)
      let half = (image.cast(to: .float32) / 255).insertingAxis(0)
        .resized2D(toHeight: image.shape[1] / 2, width: image.shape[2] / 2)[0]
      let table = try CSV.read(from: folder.appendingPathComponent("\(name).csv"))
      guard table.columns == ["left", "top", "right", "bottom"] else {
        throw RunError(
          "'\(name).csv' in '\(folder.path)' is no table of left, top, right and bottom: make it anew "
            + "with `make data-detection`"
        )
      }
      let boxes = table.values.cast(to: .float64).unbound().map { row in
        let sides = row.scalars(Double.self).map { $0 / 2 }
        return Box(left: sides[0], top: sides[1], right: sides[2], bottom: sides[3])
      }
      return (half, boxes)
    }
    let (known, boxes) = try photograph("train")
    let cut = known.shape[2] * 3 / 4
    training = known.slicing(0..<cut, along: 2)
    validation = known.slicing(cut..<known.shape[2], along: 2)
    func inside(_ box: Box, from left: Int) -> LabelledBox {
      LabelledBox(
        Box(
          left: box.left - Double(left),
          top: box.top,
          right: box.right - Double(left),
          bottom: box.bottom
        ),
        label: 0
      )
    }
    // Those on the cut are in both, and in each a crowd where less than half of them is there.
    trainingBoxes = boxes.map { inside($0, from: 0) }
    validationBoxes = boxes.map { inside($0, from: cut) }
    let (other, otherBoxes) = try photograph("test")
    (test, testBoxes) = (other, otherBoxes.map { LabelledBox($0, label: 0) })
  }
}

extension DetectionExperiment {
  package func dataFiles() throws -> [URL] {
    func files(_ names: [String], in folder: String) throws -> [URL] {
      try names.map { name in
        let file = URL(fileURLWithPath: folder).appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: file.path) else {
          throw RunError(
            "there is no \(name) in '\(folder)': run `make data-detection`, or name the folder with "
              + "--set data=FOLDER or --set photographs=FOLDER"
          )
        }
        return file
      }
    }
    let aerial = ["train.png", "train.csv", "test.png", "test.csv"]
    return switch scenes {
    case .garments: try fashionMNISTFiles(in: URL(fileURLWithPath: data))
    case .emoji:
      try files(["pictures.npy", "labels.npy", "classes.txt"], in: data)
        + files(aerial, in: photographs)
    case .aerial: try files(aerial, in: photographs)
    }
  }
}
