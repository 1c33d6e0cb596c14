import Exchange
import Probability

extension CompactFamily {
  /// A mixture of Student's t.
  static let studentTMixture = CompactFamily(
    "student-t-mixture",
    for: [.mixture, .samples],
    learningRate: 0.05,
    isFittedByLikelihood: true,
    fit: { try $0.fitStudents($1, &$2) }
  )
}

extension DensityTraining {
  fileprivate func fitStudents(
    _ values: [[Double]],
    _ random: inout RandomStream
  ) throws -> CompactStudent {
    let line = try values.map { value -> Double in
      guard value.count == 1 else {
        throw RunError("--family student-t-mixture is for single numbers, not \(value.count)")
      }
      return value[0]
    }
    let fit = try StudentTMixture.fitted(to: line, components: plan.components, using: &random)
    return try CompactStudent(.students(fit.mixture))
  }
}
