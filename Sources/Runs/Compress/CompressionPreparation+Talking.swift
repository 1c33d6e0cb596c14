import Distill
import Foundation

extension CompressionPreparation {
  /// Says what there is and what was picked, in a few lines.
  package func describe(
    _ source: LabelledSource,
    _ data: CompressionData,
    _ plan: DataPlan,
    _ files: TeacherFiles,
    _ form: TeacherForm,
    _ choices: CompressionChoices
  ) {
    let one = form.description
    let each = one.contains(" + ") ? "" : "\(files.paths.count), each "
    let teacher = files.paths.count == 1 ? one : "an ensemble of \(each)\(one)"
    work.note("teacher: \(teacher) (\(files.origin))")
    let remarks =
      source.training.remarks.isEmpty ? "" : "; " + source.training.remarks.joined(separator: ", ")
    work.note(
      "data: \(grouped(data.training.count)) examples to learn from, \(grouped(data.validation.count)) "
        + "to choose by, \(grouped(data.test.count)) for the test "
        + (source.test == nil ? "(split by class, seed \(options.seed))" : "(their own files)")
        + "; \(what(data, plan))\(remarks)"
    )
    if let transfer = plan.transfer {
      let left =
        data.leftOut == 0
        ? ""
        : " (\(grouped(data.leftOut)) that are examples to choose by or for the test are left out)"
      work.note(
        "transfer set: \(grouped(transfer.count)) further inputs without labels, for the student alone"
          + left
      )
    }
    let others = (source.test?.remarks ?? []).filter { !source.training.remarks.contains($0) }
    if !others.isEmpty { work.note("test examples: " + others.joined(separator: ", ")) }
    work.note("inputs: \(plan.scalingText)")
    work.note(
      (plan.task == .classes ? "classes, in the order of the outputs: " : "\(plan.task.outputs): ")
        + data.classes.prefix(20).joined(separator: ", ")
        + (data.classes.count > 20 ? ", …" : "")
    )
    if let text = choices.text { work.note(text) }
  }

  /// What belongs to the examples.
  private func what(_ data: CompressionData, _ plan: DataPlan) -> String {
    guard plan.isLabelled else { return "no labels" }
    let count = data.classes.count
    return switch plan.task {
    case .classes: "\(count) classes"
    case .labels: "\(count) labels, each there or not"
    case .regression, .embeddings: "\(count) numbers to each"
    }
  }

  /// Refuses a teacher that does not reproduce the accuracy it is said to have, and warns of one
  /// that does worse than guessing.
  package func preflight(_ training: CompressionTraining) throws {
    // Of other answers there is nothing that a teacher could be held against yet.
    guard training.plan.data.isLabelled, training.plan.data.task == .classes else { return }
    let measured = try training.teacherPredictions(.test)
    if let warning = LabelCheck(measured).warning { work.warn(warning) }
    guard let text = options.teacherAccuracy else { return }
    let stated = try Self.accuracy(text)
    let digits = text.split(separator: ".").dropFirst().first?.count ?? 0
    work.note(
      try Preflight.check(
        stated: stated,
        digits: digits,
        measured: measured.correctness.mean().doubleValue,
        examples: training.data.test.count,
        on: "test"
      )
    )
  }
}
