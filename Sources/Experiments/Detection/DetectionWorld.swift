import Distill
import Foundation
import Runs

/// The scenes of an experiment.
package struct DetectionWorld {
  package let recipe: DetectionExperiment
  package let layout: DetectionLayout
  package let classes: [String]
  /// The labelled scenes first, then those without labels.
  package let training: SceneSet
  package let validation: SceneSet
  package let test: SceneSet

  /// - Throws: `RunError`, ``FileError`` or ``VisionError`` when the data are missing, damaged, or too
  ///   small for the scenes.
  package init(_ recipe: DetectionExperiment, seed: UInt64, on device: Device) throws {
    self.recipe = recipe
    let parts = try DetectionParts(recipe, seed: seed)
    classes = parts.classes
    layout = try recipe.layout(classes: classes.count)
    training = SceneSet(parts.training, on: device)
    validation = SceneSet(parts.validation, on: device)
    test = SceneSet(parts.test, on: device)
  }

  package var labelledImages: Tensor { training.images[0..<recipe.labelled] }
  package var labelledTruth: [[LabelledBox]] { Array(training.truth[..<recipe.labelled]) }

  package func teacher(seed: UInt64) throws -> Detector { try detector(recipe.teacher, seed) }
  package func student(seed: UInt64) throws -> Detector { try detector(recipe.student, seed) }

  private func detector(_ shape: DetectorShape, _ seed: UInt64) throws -> Detector {
    try Detector(
      layout,
      shape,
      channels: recipe.scenes.channels,
      using: RandomGenerator(seed: seed, on: training.images.device)
    )
  }

  package var summary: String {
    let boxes = labelledTruth.joined().count { !$0.isCrowd }
    return "\(grouped(recipe.labelled)) scenes of \(recipe.side)×\(recipe.side) pixels with "
      + "\(grouped(boxes)) objects (\(recipe.scenes.rawValue), \(classes.count) "
      + "class\(classes.count == 1 ? "" : "es")), \(grouped(recipe.unlabelled)) more without labels; "
      + "\(grouped(validation.truth.count)) of validation and \(grouped(test.truth.count)) of test, "
      + "of other objects"
  }
}

extension Detector {
  /// What is in many images, some at a time.
  package func detections(inAll images: Tensor, threshold: Double = 0.05) -> [[Detection]] {
    stride(from: 0, to: images.shape[0], by: 100).flatMap { start in
      detections(
        in: images[start..<min(start + 100, images.shape[0])],
        threshold: threshold
      )
    }
  }
}
