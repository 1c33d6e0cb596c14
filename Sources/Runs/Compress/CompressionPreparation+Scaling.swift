import Distill

extension CompressionPreparation {
  /// How inputs are scaled: as asked, else as the teacher's file says.
  func scaling(
    _ source: LabelledSource,
    _ split: DataSplit,
    _ facts: TeacherFacts,
    _ normalization: Normalization
  ) throws -> ExampleScaling {
    let training = source.training
    let allowed = [0, 1, training.shape[0]]
    switch normalization {
    case .none, .bytes: return ExampleScaling()
    case .usual:
      let scaling = facts.scaling ?? ExampleScaling()
      guard allowed.contains(scaling.mean.count) else {
        throw RunError(
          "the teacher's file scales \(scaling.mean.count) numbers and an input of the data has "
            + "\(training.shape[0]): say how to scale with --normalize"
        )
      }
      return scaling
    case .standard:
      let part = try split.parts(of: source).training
      return try ExampleScaling(standardizing: part)
    case .pairs(let scaling):
      guard allowed.contains(scaling.mean.count) else {
        throw Normalization.refusal(options.normalize!)
      }
      return scaling
    }
  }
}
