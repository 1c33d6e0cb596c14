import Distill
import Foundation
import Networks

extension Run {
  /// Distils an RBM into a student in `FILE.safetensors` of the folder, unless that is there already;
  /// resumes from its checkpoint if there is one, to the same student.
  ///
  /// - Parameters:
  ///   - name: For the progress line.
  ///   - file: The file's name without its extension.
  ///   - samples: Of the teacher; the plan's own when nil.
  ///   - steps: Steps after which `look` is called with the student as it is then.
  ///   - done: What of the run is finished, for the sentence that says that it was stopped.
  /// - Throws: `Stopped` with a checkpoint written, when the run was asked to stop.
  package func distill(
    _ teacher: RBM,
    by plan: DistillationPlan,
    named name: String,
    file: String,
    on samples: GibbsSamples<RBM>? = nil,
    at steps: Set<Int> = [],
    look: @escaping (_ step: Int, _ student: any StoredModel) throws -> Void = { _, _ in },
    done: () -> String
  ) throws -> any StoredModel {
    let weights = folder.file("\(file).safetensors")
    if FileManager.default.fileExists(atPath: weights.path) {
      folder.remove("\(file).checkpoint.safetensors")
      work.note("\(name): finished before")
      return try ModelFile.student(at: weights.path)
    }
    try stopIfAsked(done())
    let text = try LossText(plan.loss)
    let constant = try text.contains(.squared) ? constant(plan, teacher) : 0
    let loss = try text.loss(constant: constant, samples: plan.batch)
    let student = try plan.makeStudent(of: teacher, seed: seed)
    let samples = try samples ?? plan.samples(of: teacher, seed: seed)
    let checkpoint = "\(file).checkpoint.safetensors"
    let policy = CheckpointPolicy(folder.file(checkpoint), everySeconds: 15)
    work.begin(name, of: plan.steps, done: try stepsDone(checkpoint))
    var report = TrainingReport(to: work)
    func train(_ student: some StoredModel) throws -> (record: TrainingRecord, bound: BoundLoss?) {
      let distiller = Distiller(
        student,
        minimizing: loss,
        using: plan.makeOptimizer(),
        schedule: plan.makeSchedule,
        seed: seed &+ 30
      )
      let record = try distiller.run(
        on: samples,
        observing: teacher,
        checkpointing: policy,
        measuringTerms: work.termShare
      ) { now in
        report.take(now)
        if steps.contains(now.step) {
          try look(now.step, plan.finished(student, seed: seed))
        }
        return work.isCancelled() ? .stop : .proceed
      }
      return (record, distiller.bound)
    }
    let (record, bound) = try train(student)
    work.end()
    guard record.ending == .finished else { throw stopped(done()) }
    var notes = ["loss": loss.description, "seed": "\(seed)"]
    notes["constant"] =
      text.contains(.squared)
      ? "\(constant ?? bound?.learntConstant ?? .nan)" : nil
    let finished = try plan.finished(student, seed: seed)
    try note(name, record)
    try finished.write(to: weights, metadata: notes)
    folder.remove(checkpoint)
    return finished
  }

  /// c of the square error; nil to learn it.
  private func constant(_ plan: DistillationPlan, _ teacher: RBM) throws -> Double? {
    if let given = try plan.givenConstant() { return given }
    guard plan.constant == "mode" else { return nil }
    let found = teacher.mode(seed: seed &+ 40).logUnnormalized
    work.note(
      String(format: "highest log p̃ found: %.2f, the constant of the square error", found)
    )
    return found
  }

  /// The steps that a checkpoint holds.
  private func stepsDone(_ checkpoint: String) throws -> Int {
    guard folder.contains(checkpoint) else { return 0 }
    let metadata = try Safetensors.read(from: folder.file(checkpoint)).metadata
    return metadata["step"]?.savedCount ?? 0
  }
}
