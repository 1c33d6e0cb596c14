import Distill
import Foundation

/// A job that ends with evidence: doing it again from its recipe repeats every number.
package protocol EvidenceJob: Experiment {
  associatedtype Evidence: CertificateEvidence

  /// The files in the run's folder that may hold the student.
  static var studentFiles: [String] { get }

  /// The files that taught, and those that the student was trained or measured on.
  var sources: (teacher: [String], data: [String]) { get }

  /// The same job with evidence at its end.
  ///
  /// - Throws: `RunError` where that would make another student, or cannot be done again.
  func certified() throws -> Self
}

extension ExperimentRun {
  /// Evidence with how it came to be, and a hash of all.
  package func sealed<Job: EvidenceJob>(
    _ evidence: Job.Evidence,
    of job: Job
  ) throws -> Job.Evidence {
    func contents(_ paths: [String]) throws -> [Provenance.Content] {
      try paths.map { Provenance.Content(try HashedFiles($0)) }
    }
    let recipe = try folder.recipeText()
    let students = Job.studentFiles.filter(folder.contains)
    var evidence = evidence
    evidence.provenance = Provenance(
      version: programVersion,
      program: try program ?? .program(),
      data: try contents(job.sources.data),
      teacher: try contents(job.sources.teacher),
      recipe: recipe,
      recipeSHA256: SHA256.hash(of: recipe),
      networks: try zip(students, contents(students.map { folder.file($0).path })).map {
        var weights = $1
        weights.name = $0
        return Provenance.Network(role: "student", seed: seed, weights: weights)
      },
      seeds: [seed],
      shiftSeed: seed,
      machine: MachineFacts.current(device: device).deciding,
      date: Date().formatted(.iso8601)
    )
    return CertificateFile.sealed(evidence)
  }
}

extension CertificateFile {
  /// The evidence with the hash of all that it says.
  package static func sealed<Evidence: CertificateEvidence>(_ evidence: Evidence) -> Evidence {
    var sealed = evidence
    sealed.seal = seal(of: evidence)
    return sealed
  }

  private static func seal(of evidence: some CertificateEvidence) -> String {
    var bare = evidence
    bare.seal = nil
    return SHA256.hash(of: prettyJson(bare))
  }

  /// Reads evidence and checks that nothing in it was changed.
  ///
  /// - Throws: `RunError` in one sentence that names the file.
  package static func evidence<Evidence: CertificateEvidence>(
    _ type: Evidence.Type,
    at path: String
  ) throws -> Evidence {
    let file = file(path)
    let evidence: Evidence
    do {
      evidence = try JSONDecoder.ofAllNumbers.decode(
        type,
        from: RegularFile.data(URL(fileURLWithPath: file))
      )
    } catch let error as DecodingError {
      throw RunError("'\(file)' is damaged: \(error.place)")
    }
    guard let recipe = evidence.provenance, evidence.seal != nil else {
      throw RunError(
        "'\(file)' does not say how it came to be: make it anew with distill certify RUN"
      )
    }
    guard evidence.seal == seal(of: evidence) else { throw wasChanged(file) }
    try requireRecipe(recipe, of: file)
    return evidence
  }

  /// What a certificate says of its application, nil for classes, and of the threads it was made
  /// with.
  package static func header(_ path: String) throws -> (application: String?, threads: Int?) {
    struct Machine: Decodable { var machine: [String: String]? }
    struct Header: Decodable {
      var application: String?
      var event: String?
      var logZ: Nothing?
      var provenance: Machine?
    }
    let file = file(path)
    guard FileManager.default.fileExists(atPath: file) else { throw isMissing(file) }
    let data = try RegularFile.data(URL(fileURLWithPath: file))
    guard let header = try? CarefulJSONDecoder().decode(Header.self, from: data) else {
      return (nil, nil)
    }
    // Earlier versions wrote an event, and what it is of follows from the rest.
    let former =
      header.event.map { _ in
        header.logZ == nil ? PredictiveCertificate.application : GenerativeCertificate.application
      }
    return (
      header.application ?? former, header.provenance?.machine?["threads"].flatMap { Int($0) }
    )
  }
}

extension DecodingError {
  /// The keys that lead to what is wrong.
  fileprivate var place: String {
    switch self {
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is not what it must be"
    case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
    @unknown default: sentence(for: self)
    }
  }
}
