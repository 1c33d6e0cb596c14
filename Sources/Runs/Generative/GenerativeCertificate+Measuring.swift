import Distill
import Foundation

extension GenerativeCertificate {
  /// Measures a student against its RBM, each from its file.
  ///
  /// - Parameters:
  ///   - plan: How log Z is found; its methods are those that a student makes possible.
  ///   - images: Binary test images.
  /// - Throws: One sentence when a file holds no such model; `Stopped` when work was cancelled.
  package static func measured(
    student path: String,
    teacher: String,
    plan: PartitionPlan,
    images: Tensor?,
    seed: UInt64,
    _ work: Work
  ) throws -> (certificate: GenerativeCertificate, results: PartitionResults) {
    let rbm = try ModelFile.rbm(at: teacher)
    let student = try ModelFile.student(at: path, of: rbm)
    var plan = plan
    plan.methods = [.importance, .reciprocal, .bridge]
    if PartitionMethod.enumerates(rbm) { plan.methods.insert(.enumeration, at: 0) }
    let results = try PartitionResults(of: rbm, student, plan, images: images, seed: seed, work)
    let certificate = try GenerativeCertificate(
      student: student,
      teacher: rbm,
      files: (URL(fileURLWithPath: path), URL(fileURLWithPath: teacher)),
      results: results,
      images: images
    )
    return (certificate, results)
  }
}

extension PartitionResults {
  /// Estimates of log Z by themselves: nothing of them is kept when work is cancelled.
  ///
  /// - Parameters:
  ///   - student: What was distilled from the machine, where there is one.
  ///   - images: Binary images, whose rates annealing begins at; nil for samples of the machine.
  package init(
    of rbm: RBM,
    _ student: (any StoredModel)?,
    _ plan: PartitionPlan,
    images: Tensor?,
    seed: UInt64,
    _ work: Work
  ) throws {
    self = try PartitionRun(
      rbm: rbm,
      student: student,
      plan: plan,
      seed: seed,
      work: work,
      checkStop: { if work.isCancelled() { throw Stopped("stopped: nothing is kept") } },
      images: images
    ).perform()
  }
}
