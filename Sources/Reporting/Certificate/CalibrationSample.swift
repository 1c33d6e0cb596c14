import Mathematics
import Tensors

/// The expected calibration errors of several models on the same examples, as they are and with the
/// examples drawn again with replacement: the same draws for all models, so that differences between
/// models are paired.
struct CalibrationSample {
  /// One for each model.
  let errors: [Double]
  /// `[resamples][models]`.
  let resampled: [[Double]]

  /// - Parameter resamples: The default gives standard errors to about 5%.
  init(_ models: [ClassPredictions], bins: Int = 15, resamples: Int = 200, seed: UInt64) {
    let examples = models[0].count
    let confidences = Tensor.stacked(models.map(\.confidence))
    let gaps = Tensor.stacked(models.map(\.correctness)) - confidences
    let places = ((confidences * Double(bins)).roundedUp - 1)
      .clamped(min: 0, max: Double(bins - 1)).cast(to: .int64)
    let empty = Tensor.zeros([models.count, bins], .float64)
    func errors(_ gaps: Tensor, _ places: Tensor) -> [Double] {
      (empty.scatterAdding(gaps, at: places, along: 1).magnitude.sum(along: 1) / Double(examples))
        .scalars()
    }
    self.errors = errors(gaps, places)
    let generator = RandomGenerator(seed: seed)
    resampled = (0..<resamples).map { _ in
      let drawn = Tensor.randomIntegers(0..<examples, [examples], using: generator)
      return errors(gaps.gatheringRows(drawn, along: 1), places.gatheringRows(drawn, along: 1))
    }
  }

  /// The standard error over examples of Σ weight · error.
  func standardError(of weights: [Double]) -> Double {
    Estimate(
      of: resampled.map { errors in zip(errors, weights).reduce(0) { $0 + $1.0 * $1.1 } }
    ).variance.squareRoot()
  }

  /// The same for the difference of two means over seeds, after errors of one model (the teacher's).
  ///
  /// - Parameter seeds: Of each of the two, one after the other.
  func standardError(ofMeansOf seeds: Int, first: Double, second: Double) -> Double {
    let share = 1 / Double(seeds)
    return standardError(
      of: [0] + .init(repeating: first * share, count: seeds)
        + .init(repeating: second * share, count: seeds)
    )
  }
}
