import Distill
import Foundation

extension GenerativeCertificate {
  /// Measures a student against its RBM, each from its file.
  ///
  /// - Parameters:
  ///   - plan: How log Z is found; its methods are those that a student makes possible.
  ///   - images: A file of binary test images; nil for none.
  /// - Throws: One sentence when a file holds no such model; `Stopped` when work was cancelled.
  package static func measured(
    student path: String,
    teacher: String,
    plan: PartitionPlan,
    images: String?,
    seed: UInt64,
    _ work: Work
  ) throws -> (certificate: GenerativeCertificate, results: PartitionResults) {
    let rbm = try ModelFile.rbm(at: teacher)
    let student = try ModelFile.student(at: path, of: rbm)
    let images = try images.map { try binaryImages(at: $0, usual: ["test"], width: rbm.inputs) }
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
  /// Estimates of log Z of the RBM in a file.
  ///
  /// - Parameters:
  ///   - student: The file of what was distilled from it; nil for none.
  ///   - images: The file of binary images whose rates annealing begins at; nil for samples of the RBM.
  /// - Throws: One sentence when a file holds no such model; `Stopped` when work was cancelled.
  package init(
    rbm path: String,
    student: String?,
    _ plan: PartitionPlan,
    images: String?,
    seed: UInt64,
    _ work: Work
  ) throws {
    let rbm = try ModelFile.rbm(at: path)
    self = try PartitionResults(
      of: rbm,
      student.map { try ModelFile.student(at: $0, of: rbm) },
      plan,
      images: images.map { try binaryImages(at: $0, usual: ["train"], width: rbm.inputs) },
      seed: seed,
      work
    )
  }

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
