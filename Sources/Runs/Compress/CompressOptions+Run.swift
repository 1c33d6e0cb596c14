import Distill
import Foundation

extension CompressOptions {
  /// Distils the teacher in the folder of a run, or resumes the run that is there: searches if
  /// that was asked for, trains the student and its control, measures them, and certifies them.
  ///
  /// The folder gets `recipe.yaml`, `student.safetensors`, `report.html` and what else `distill
  /// compress` writes. It takes the time of its trainings, one of each seed of the certificate for
  /// student and control.
  ///
  /// - Parameters:
  ///   - folder: New, or of a run of these options, which is resumed as its recipe says.
  ///   - work: What is told how far it is, and whether it goes on.
  /// - Returns: The certificate; nil where none was asked for, and of labels and vectors, whose certificates
  ///   are evidence of another kind.
  /// - Throws: `RunError` in one sentence for what cannot be; `Stopped` when work was cancelled: what
  ///   is done is kept.
  @discardableResult
  public func run(
    at folder: URL,
    on device: Device = .cpu,
    _ work: Work = .silent
  ) throws -> Certificate? {
    var options = self
    let state = folder.appendingPathComponent(RunFolder.state).path
    if FileManager.default.fileExists(atPath: state) {
      options.resume = .folder(folder.path)
    } else {
      try check(naming: { $0 })
      options.out = folder.path
    }
    try runCompress(options, on: device, work)
    return certifiedSeeds == nil || askedTask != .classes
      ? nil : try CertificateFile.read(folder.path)
  }
}
