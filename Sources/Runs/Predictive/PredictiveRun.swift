import Distill
import Foundation

/// One run of `distill predictive`: draws in, student and certificate out.
package struct PredictiveRun {
  package static let student = "student.json"
  package static let weights = "student.safetensors"

  package let task: PredictiveTask
  package let run: Run

  package init(_ plan: PredictivePlan, _ prepared: PredictivePreparation, _ run: Run) {
    task = PredictiveTask(
      plan: plan,
      seed: run.seed,
      prepared: prepared,
      folder: run.folder,
      work: run.work
    )
    self.run = run
  }

  package var folder: RunFolder { run.folder }
  package var work: Work { run.work }

  package func perform() throws {
    let source = task.prepared.source
    let trained = try task.trained()
    try write(trained.student)
    if let live = source.live, case .damage(let error) = live.cut {
      _ = try report(trained.seen, divergences: source.divergences)
      throw RunError(
        "\(sentence(for: error)); the student of the \(grouped(live.count)) draws before is in "
          + folder.file(Self.student).path
      )
    }
    if trained.isStopped {
      throw Stopped(
        "stopped early; the student so far is in \(folder.file(Self.student).path); resume with: "
          + "distill \(folder.command) --resume \(folder.url.path)"
      )
    }
    let diagnosis = try report(trained.seen, divergences: source.divergences)
    if source.isSampledHere { try keep(trained.seen, divergences: source.divergences) }
    // A certificate scores outcomes by itself.
    if task.prepared.compared?.scored == nil,
      let warning = try OutcomeCheck(trained.problem, trained.seen, task.prepared.outcomes)?.warning
    {
      work.warn(warning)
    }
    work.show("\n\(shortened("\(trained.student)"))\n", Answer(trained.student))
    if task.plan.isCertified { try certify(trained, diagnosis) }
    folder.remove(StudentTraining.checkpoint)
    folder.remove(DensityTraining.checkpoint)
    try folder.finish()
    work.note(
      "the student is \(folder.file(Self.student).path); use it with: "
        + "distill predict \(folder.file(Self.student).path)"
        + (trained.student.isDensity ? "" : " --data FILE")
    )
  }

  private struct Answer: Encodable {
    var event = "student"
    let formula: String
    let parameters: Int

    init(_ student: CompactStudent) {
      (formula, parameters) = (student.description, student.parameterCount)
    }
  }

  private func shortened(_ text: String) -> String {
    text.count <= 1_200 ? text : text.prefix(1_200) + " … (all of it is in \(Self.student))"
  }

  /// Says whether the draws are to be believed.
  private func report(_ seen: RetainedDraws, divergences: Int) throws -> DrawDiagnosis {
    let diagnosis = DrawDiagnosis(
      seen.summary(divergences: divergences),
      seen: seen,
      divergences: divergences
    )
    work.note(diagnosis.text + (seen.isThinned ? " (of a thinned part)" : ""))
    if let warning = diagnosis.warning { work.warn(warning) }
    try folder.record([diagnosis], by: "draws")
    return diagnosis
  }

  /// Writes draws that were sampled here, and shows a table of their parameters.
  private func keep(_ seen: RetainedDraws, divergences: Int) throws {
    guard let summary = seen.summary(divergences: divergences) else { return }
    let files = SampledDrawFiles(seen: seen, summary: summary)
    try files.write(to: folder)
    let rest = summary.rows.count - files.table.rows.count
    work.note(
      files.table.text(width: 100)
        + (rest > 0 ? "\nand \(grouped(rest)) more" : "")
        + "\nthe table is in \(folder.file(SampledDrawFiles.parameters).path)"
        + (seen.isThinned ? "" : ", the draws in \(folder.file(SampledDrawFiles.draws).path)")
    )
  }

  private func write(_ student: CompactStudent) throws {
    try folder.write(student.json(), to: Self.student)
    guard let network = student.network else { return }
    try Safetensors.write(
      network.namedParameters.reduce(into: [:]) { tensors, entry in
        tensors[entry.path] = entry.parameter.value.cast(to: .float32)
      },
      metadata: ["formula": student.description, "inputs": student.inputs.joined(separator: ",")],
      to: folder.file(Self.weights)
    )
  }
}
