import Distill
import Foundation

extension PredictivePlan {
  /// Distils the draws in the folder of a run, or resumes the run that is there: samples where no
  /// draws were given, trains the student, and compares it with its draws.
  ///
  /// The folder gets `recipe.yaml`, `student.json` and, where the plan says so, the certificate and
  /// `report.html`.
  ///
  /// - Parameters:
  ///   - seed: Where all random numbers start from.
  ///   - folder: New, or of a run of this plan and seed.
  ///   - work: What is told how far it is, and whether it goes on.
  /// - Returns: The student, and its certificate where one was asked for.
  /// - Throws: `RunError` in one sentence for what cannot be; `Stopped` when work was cancelled: the
  ///   student so far is kept.
  @discardableResult
  public func run(
    seed: UInt64 = 1,
    at folder: URL,
    on device: Device = .cpu,
    _ work: Work = .silent
  ) throws -> (student: CompactStudent, certificate: PredictiveCertificate?) {
    try check()
    let state = folder.appendingPathComponent(RunFolder.state).path
    if FileManager.default.fileExists(atPath: state) {
      let place = try RunFolder.resume("predictive", at: folder.path)
      let recipe = try JobRecipe(resuming: place, among: Catalogue(PredictivePlan.self))
      guard recipe.job as? PredictivePlan == self, recipe.seed == seed else {
        throw RunError("the run in '\(folder.path)' is of another plan: name another folder")
      }
      try recipe.perform(in: place, on: device, work)
    } else {
      try runPredictive(self, seed: seed, at: folder.path, on: device, work)
    }
    return (
      try CompactStudent.read(from: folder.appendingPathComponent(PredictiveRun.student)),
      isCertified
        ? try CertificateFile.evidence(PredictiveCertificate.self, at: folder.path) : nil
    )
  }
}
