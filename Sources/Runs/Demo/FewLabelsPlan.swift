import Distill

/// What the demo shows first: a few images have labels and many have none.
///
/// The teachers are convolutional, which learn more from few images than perceptrons do. The passes
/// were chosen on a validation split of the training images, of each kind of network those
/// after which it predicts best: the control is the best that the labels alone give.
package struct FewLabelsPlan {
  /// How many images have labels: the first ones.
  package let labels: Int
  package let members: Int
  /// Passes over the images with labels.
  package let memberEpochs: Int
  package let controlEpochs: Int
  /// Passes over all images.
  package let studentEpochs: Int

  /// What names of files begin with.
  package static let filePrefix = "few-labels-"

  package static let teacher = "cnn:1x28x28-8c3b-m2-16c3b-m2-10"

  package init(_ options: Demo, images: Int) {
    labels = min(600, max(images / 10, 1))
    members = min(3, options.members)
    let epochs = options.epochs ?? 10
    (memberEpochs, controlEpochs) = (2 * epochs, 4 * epochs)
    studentEpochs = max(1, epochs / 5)
  }

  /// A member of the ensemble with its first weights.
  package func freshMember(using generator: RandomGenerator) throws -> any Module {
    try ModelSpecification(Self.teacher).module(using: generator)
  }

  /// The batches of a member: its own bootstrap resample of the images with labels.
  package func memberInputs(_ member: Int, _ images: Examples, seed: UInt64) -> ExampleBatches {
    images.resampled(member, seed: seed).batches(
      of: min(20, labels),
      epochs: memberEpochs,
      shuffled: seed &+ UInt64(member),
      mergingOne: true
    )
  }

  /// The batches of a student.
  package func inputs(_ student: FewLabelsStudent, _ images: Examples, seed: UInt64)
    -> ExampleBatches
  {
    let seen = student == .allImages ? images : images[0..<labels]
    return seen.batches(
      of: min(20, seen.count),
      epochs: student == .allImages ? studentEpochs : controlEpochs,
      shuffled: seed
    )
  }
}

/// Students that start from the same weights, and differ in what they learn from.
package enum FewLabelsStudent: String, CaseIterable {
  /// The labels there are: the control.
  case labels = "labels alone"
  /// What the ensemble says about the images with labels.
  case sameImages = "soft targets"
  /// What the ensemble says about all images.
  case allImages = "soft targets, all images"

  /// The part of file names.
  package var fileName: String {
    switch self {
    case .labels: FewLabelsPlan.filePrefix + "control"
    case .sameImages: FewLabelsPlan.filePrefix + "soft-targets"
    case .allImages: FewLabelsPlan.filePrefix + "student"
    }
  }

  package var loss: Loss { self == .labels ? .crossEntropy() : .softCrossEntropy() }
}
