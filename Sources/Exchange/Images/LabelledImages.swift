import Foundation
import Tensors

/// Images and what each of them shows, as a classifier wants them.
///
/// ```swift
/// let training = try LabelledImages.fashionMNIST(in: folder)
/// print(training.images.shape)  // [60000, 784]
/// ```
public struct LabelledImages {
  /// `[count, pixels]`, `float32`, from 0 (black) to 1.
  public let images: Tensor
  /// `[count]`, `int64`, each from 0 up to the number of classes.
  public let labels: Tensor
  /// The names of the classes in the order of the labels.
  public let classes: [String]

  /// How many images there are.
  public var count: Int { labels.count }

  /// The first images, at most `limit`.
  public func prefix(_ limit: Int) -> LabelledImages {
    let range = 0..<max(0, min(limit, count))
    return LabelledImages(images: images[range], labels: labels[range], classes: classes)
  }
}

extension LabelledImages {
  /// The part of a data set: to learn from, or to be examined on.
  public enum Part: String, Sendable, CaseIterable {
    case training = "train"
    case test = "t10k"
  }

  /// Fashion-MNIST: 60,000 and 10,000 images of clothes, 28 by 28 pixels (Xiao, Rasul & Vollgraf
  /// 2017).
  ///
  /// - Parameter folder: Holds the four files under their usual names, plain or with `.gz`.
  /// - Throws: ``FileError`` when a file is missing, damaged, or does not fit its partner.
  public static func fashionMNIST(
    in folder: URL,
    _ part: Part = .training
  ) throws -> LabelledImages {
    let classes = [
      "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
      "ankle boot",
    ]
    return try pair(in: folder, part, classes: classes)
  }

  /// MNIST: 60,000 and 10,000 handwritten digits, 28 by 28 pixels (LeCun et al. 1998).
  ///
  /// - Parameter folder: Holds the four files under their usual names, plain or with `.gz`.
  /// - Throws: ``FileError`` when a file is missing, damaged, or does not fit its partner.
  public static func mnist(in folder: URL, _ part: Part = .training) throws -> LabelledImages {
    try pair(in: folder, part, classes: (0..<10).map(String.init))
  }

  private static func pair(
    in folder: URL,
    _ part: Part,
    classes: [String]
  ) throws -> LabelledImages {
    let images = file("\(part.rawValue)-images-idx3-ubyte", in: folder)
    let found = try LabelledImages(
      images: images,
      labels: file("\(part.rawValue)-labels-idx1-ubyte", in: folder),
      classes: classes
    )
    guard found.images.shape[1] == 28 * 28 else {
      throw FileError(
        images,
        "the images have \(found.images.shape[1]) pixels instead of 28 × 28",
        "give the files of MNIST or Fashion-MNIST"
      )
    }
    return found
  }

  /// The plain file where it is there, else the compressed one.
  private static func file(_ name: String, in folder: URL) -> URL {
    let packed = folder.appendingPathComponent(name + ".gz")
    let plain = folder.appendingPathComponent(name)
    return FileManager.default.fileExists(atPath: plain.path) ? plain : packed
  }

  /// Images (`[count, …]`, bytes) and their labels (`[count]`) from two IDX files.
  ///
  /// - Throws: ``FileError`` when a file is missing, damaged, not of this kind, their numbers of
  ///   rows differ, or a label is not below the number of `classes`.
  public init(images imagesURL: URL, labels labelsURL: URL, classes: [String]) throws {
    let pixels = try IDX.read(from: imagesURL)
    guard pixels.elementType == .uint8, pixels.rank >= 2 else {
      throw FileError(
        imagesURL,
        "this holds \(pixels.elementType) of shape \(pixels.shape), not images of bytes",
        "give the file of images first and that of labels second"
      )
    }
    let labels = try IDX.read(from: labelsURL)
    guard labels.rank == 1, !labels.elementType.isFloatingPoint else {
      throw FileError(
        labelsURL,
        "this holds \(labels.elementType) of shape \(labels.shape), not labels",
        "give the file of images first and that of labels second"
      )
    }
    guard labels.count == pixels.shape[0] else {
      throw FileError(
        labelsURL,
        "there are \(labels.count) labels for \(pixels.shape[0]) images",
        "give the two files of the same set"
      )
    }
    let classLabels = labels.cast(to: .int64)
    let isOutside = (classLabels .< 0) .| (classLabels .>= Double(classes.count))
    if isOutside.containsTrue {
      let row = isOutside.nonZeroIndices[0].scalar(Int.self)
      throw FileError(
        labelsURL,
        at: .row(row + 1, column: nil),
        "the label \(classLabels[row].scalar(Int.self)) is not in 0..<\(classes.count)",
        "correct the file, or name all classes"
      )
    }
    let width = pixels.shape.dropFirst().reduce(1, *)
    images = pixels.reshaped(to: [labels.count, width]).cast(to: .float32) / 255
    self.labels = classLabels
    self.classes = classes
  }
}
