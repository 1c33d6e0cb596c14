import Networks
import Tensors

/// A term of a loss, and what it comes to.
public struct TermValue: Sendable, Equatable, Codable {
  /// The term with its weight, such as `0.1 * boxRegression`.
  public let term: String
  /// Without its weight.
  public let value: Double

  public init(term: String, value: Double) { (self.term, self.value) = (term, value) }
}

extension Distiller {
  /// What each term of the loss comes to at a batch, with the student and the networks of the terms as
  /// they are outside of training.
  ///
  /// - Throws: ``DistillationError`` before the first step, for a loss that projects derivatives on
  ///   random directions, and where student, teacher and loss do not fit together.
  public func termValues(
    on batch: Batch,
    observing teacher: (any Teacher)? = nil
  ) throws -> [TermValue] {
    guard let bound, loss.needs.projections == 0 else {
      throw DistillationError(
        "the terms of a loss have values once it is bound, and where they project nothing: make a "
          + "step first, or choose a loss without random projections"
      )
    }
    let needs = loss.needs
    let seen =
      try needs.teacher
      ? batch.observation ?? teacher?.observe(batch, needs.teacherRequest(nil)) : nil
    return try withTorchErrors {
      try withoutGradient {
        let comparison = Comparison(
          student.observe(batch.inputs, needs.studentRequest(nil), as: meaning),
          seen,
          labels: batch.labels,
          inputs: batch.inputs,
          indices: batch.indices
        )
        try comparison.check()
        return try zip(loss.terms, bound.terms).map { term, bound in
          TermValue(term: term.description, value: try bound.value(comparison).doubleValue)
        }
      }
    }
  }
}
