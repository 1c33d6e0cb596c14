import Distill

extension CompressionPreparation {
  /// How images are changed, as text; nil where they are not.
  ///
  /// - Parameters:
  ///   - shape: Of one input.
  ///   - observed: What teaches in place of a teacher; nil where there is one.
  /// - Throws: One sentence about what does not fit.
  func augmentation(_ shape: [Int], _ observed: ObservationStore?) throws -> String? {
    guard let text = options.augment else { return nil }
    let augmentation = try Augmentation(text)
    try augmentation.check(for: shape)
    for (name, isGiven) in [
      ("teacher-values", options.teacherValues != nil),
      ("teacher-command", options.teacherCommand != nil),
      ("teacher \(options.teacher.first ?? "")", observed != nil),
      ("observed", options.observed != nil),
    ] where isGiven {
      throw RunError(
        "--augment needs a teacher that is asked about every image as it is changed, and --\(name) is what "
          + "one said about the images as they are: leave one of both out"
      )
    }
    guard augmentation.mixes else { return augmentation.description }
    for (name, isGiven) in [
      ("control", options.trainsControl), ("certify", options.certifiedSeeds != nil),
      ("search", options.search != nil),
    ] where isGiven {
      throw RunError(
        "mixed images have no label of their own, and --\(name) trains a control on labels: leave it or "
          + "mixup out"
      )
    }
    if let loss = options.loss, try Loss(parsing: loss).needs.labels {
      throw RunError(
        "the loss \(loss) needs labels, and mixed images have none of their own: leave mixup out, or "
          + "compare with the teacher alone"
      )
    }
    return augmentation.description
  }
}
