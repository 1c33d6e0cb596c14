import Distillation
import Exchange
import Foundation
import Mathematics
import Networks
import Reporting

/// Teacher, student and control on the same test examples.
package struct CompressionResults: CompressionOutcome {
  package private(set) var student: ModelScore
  package let control: ModelScore?
  package private(set) var teacher: ModelScore
  /// Why the teacher is not to be believed; nil where nothing speaks against it.
  package let warning: String?
  /// What each says about the test examples: the student first, the teacher last.
  package let predictions: [(name: String, own: ClassPredictions)]
  /// Which classes student and teacher never find, a sentence each.
  package let warnings: [String]
  private let isLabelled: Bool

  package init(_ training: CompressionTraining, student: any Module, control: (any Module)?) throws
  {
    let test = training.data.test
    let taught = try training.teacherPredictions(.test)
    warning = LabelCheck(taught).warning
    let controlled = try control.map { try ClassPredictions(of: Ensemble([$0]), on: test) }
    let count = training.teacherNetworks.count
    teacher = try ModelScore(
      count == 1 ? "teacher" : "teacher, ensemble of \(count)",
      training.teacherNetworks,
      taught,
      on: test
    )
    let learnt = try ClassPredictions(of: Ensemble([student]), on: test)
    predictions =
      [("student", learnt)] + (controlled.map { [("control", $0)] } ?? []) + [("teacher", taught)]
    isLabelled = training.plan.data.isLabelled
    warnings = [("student", learnt), ("teacher", taught)].compactMap { name, own in
      ClassRecalls(own).warning("the \(name)", training.data.classes)
    }
    self.student = try ModelScore(
      "student",
      [student],
      learnt,
      control: controlled,
      teacher: taught,
      on: test
    )
    self.control = try control.map {
      try ModelScore("control, on the labels", [$0], controlled!, teacher: taught, on: test)
    }
    if !isLabelled { (self.student.isLabelled, teacher.isLabelled) = (false, false) }
  }

  /// What the table says.
  package var explanation: String {
    let last =
      isLabelled
      ? "Gains are differences from the control, example by example."
      : "There are no labels: what stands for them is what the teacher takes an example for."
    return """
      After ± stand two standard errors, in parentheses the interval as wide of a share (Wilson). KL is \
      that from the teacher, in nats. \(last)
      """
  }

  package func add(
    to report: inout Report,
    _ training: CompressionTraining,
    in folder: RunFolder
  ) throws {
    try CompressionPage(results: self, training: training, folder: folder).add(to: &report)
  }

  /// Where the student that is trained and its teacher differ most.
  package func differing(_ training: CompressionTraining) throws -> DifferingExamples {
    try DifferingExamples(
      of: "student",
      part: "test",
      student: predictions[0].own,
      teacher: predictions.last!.own,
      classes: training.data.classes,
      ShownExamples(training.data.test, shape: training.data.shape)
    )
  }

  package var scores: [ModelScore] { [student] + (control.map { [$0] } ?? []) + [teacher] }

  package var table: TextTable {
    ModelScore.table("on the test examples", scores, unit: "example")
  }

  /// What came out, in a sentence.
  package var lesson: String {
    if teacher.parameters == 0 {
      return String(
        format: "The student agrees with the teacher's answers on %.1f%% of the test examples.",
        100 * student.agreement!.mean
      )
    }
    let times = Double(teacher.parameters) / Double(student.parameters)
    let share =
      times >= 1.5
      ? "1/\(grouped(Int(times.rounded())))" : String(format: "%.3g times the number", 1 / times)
    var text = String(
      format:
        "The student has %@ of the teacher's parameters and agrees with it on %.1f%% of the test examples",
      share,
      100 * student.agreement!.mean
    )
    if let control {
      let closer = control.divergence!.mean / student.divergence!.mean
      text += String(
        format:
          "; the control, on the labels, on %.1f%%, and its KL from the teacher is %.2f times the student's",
        100 * control.agreement!.mean,
        closer
      )
    }
    return text + "."
  }
}
