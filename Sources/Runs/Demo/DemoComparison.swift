import Distill
import Foundation

/// An ensemble and students of one size, on test images that served for nothing else.
package struct DemoComparison {
  /// Of the table's first column.
  package let title: String
  package let ensemble: ModelScore
  /// The control first: it learnt from labels alone.
  package let students: [ModelScore]

  package init(
    _ title: String,
    ensemble members: [any Module],
    students: [(name: String, network: MLP)],
    on test: Examples
  ) throws {
    self.title = title
    let taught = try ClassPredictions(of: Ensemble(members), on: test)
    let control = try ClassPredictions(of: Ensemble([students[0].network]), on: test)
    ensemble = try ModelScore("ensemble of \(members.count)", members, taught, on: test)
    self.students = try students.enumerated().map { index, student in
      try ModelScore(
        student.name,
        [student.network],
        ClassPredictions(of: Ensemble([student.network]), on: test),
        control: index == 0 ? nil : control,
        teacher: taught,
        on: test
      )
    }
  }

  package var scores: [ModelScore] { students + [ensemble] }

  package var table: TextTable { ModelScore.table(title, scores, unit: "image") }

  /// The table and a sentence in lines of at most 80 characters.
  package func text(_ lesson: String) -> String {
    table.text(width: 80) + "\n" + TextTable.wrapped(lesson, width: 80) + "\n"
  }

  /// How many times smaller and faster the last student is than the ensemble.
  package var savings: (size: Double, time: Double) {
    let student = students.last!
    return (
      Double(ensemble.parameters) / Double(student.parameters),
      ensemble.microsecondsPerExample / student.microsecondsPerExample
    )
  }

  /// What an advantage over the control is called.
  package static func verdict(_ gain: Estimate) -> String {
    guard abs(gain.mean) > 2 * gain.standardError else { return "neither better nor worse" }
    return gain.mean > 0 ? "better" : "worse"
  }
}
