import Distill
import Foundation

/// How a student of a field of use is asked about what people have: tables, lines of text, recordings,
/// images.
package protocol FieldUse {
  /// The names of the classes; empty where answers are something else.
  var classes: [String] { get }
  /// Whether it takes text, so that standard input is lines of it.
  var takesText: Bool { get }
  /// - Parameter data: A file or a folder; nil for the test part of its own run.
  /// - Throws: One sentence when they are not what the student takes.
  func answers(to data: String?) throws -> FieldAnswers
  /// How well it does, by the measures of its field.
  ///
  /// - Parameters:
  ///   - data: Nil for the test part of its own run.
  ///   - outcome: Where what is right is; nil where there is only one place.
  ///   - teacherValues: A file with the teacher's answers, a row for each example.
  /// - Throws: One sentence when they are not what the student takes, or nothing is known to be right.
  func evaluation(
    on data: String?,
    outcome: String?,
    teacherValues: String?
  ) throws -> StudentEvaluation
}

/// What a student of a field says.
package struct FieldAnswers {
  package let predictions: CompactStudent.Predictions
  /// The names of real numbers; nil of probabilities.
  package var outputs: [String]?
  /// What each row is, where that is a class for sure.
  package var labels: [String]?
  /// The file that each row is about.
  package var files: [String]?

  package init(
    _ predictions: CompactStudent.Predictions,
    outputs: [String]? = nil,
    labels: [String]? = nil,
    files: [String]? = nil
  ) {
    (self.predictions, self.outputs, self.labels, self.files) = (
      predictions, outputs, labels, files
    )
  }
}

extension FieldUse {
  /// Refuses an option that has no effect on this student.
  ///
  /// - Parameter value: Of the option; nil where it is not given.
  package func refuse(_ option: String, _ value: String?, _ reason: String) throws {
    guard value != nil else { return }
    throw RunError("\(option) has no effect on this student, \(reason): leave it out")
  }
}
