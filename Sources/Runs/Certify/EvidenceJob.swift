import Distill
import Foundation

/// A job that ends with evidence, which it hands to ``Run/certify(_:of:)``: doing it again from its recipe
/// repeats every number.
///
/// ``certify(_:seeds:on:_:)`` and ``replay(_:on:_:)`` do so for every such job that is known.
public protocol EvidenceJob: Job {
  associatedtype Evidence: CertificateEvidence

  /// The files in the run's folder that may hold the student.
  static var studentFiles: [String] { get }

  /// The networks of a run: their files in its folder, whose bits its recipe repeats. The default is
  /// the student.
  func networks(seed: UInt64) -> [(file: String, role: String, seed: UInt64)]

  /// The files that taught, and those that the student was trained or measured on.
  var sources: (teacher: [String], data: [String]) { get }

  /// The same job with evidence at its end.
  ///
  /// - Throws: One sentence where that would make another student, or cannot be done again. The default
  ///   is the job as it is.
  func certified() throws -> Self
}

extension EvidenceJob {
  public func networks(seed: UInt64) -> [(file: String, role: String, seed: UInt64)] {
    Self.studentFiles.map { ($0, "student", seed) }
  }

  public func certified() -> Self { self }
}

extension Run {
  /// Writes evidence as the run's `certificate.json`, with how it came to be and a hash of all that it
  /// says.
  ///
  /// - Returns: What was written.
  /// - Throws: One sentence where a file that it is of cannot be read, or it cannot be written.
  @discardableResult
  public func certify<Task: EvidenceJob>(
    _ evidence: Task.Evidence,
    of job: Task
  ) throws -> Task.Evidence {
    let sealed = try sealed(evidence, of: job)
    try folder.write(prettyJson(sealed), to: RunFolder.certificate)
    return sealed
  }

  private func sealed<Task: EvidenceJob>(
    _ evidence: Task.Evidence,
    of job: Task
  ) throws -> Task.Evidence {
    func contents(_ paths: [String]) throws -> [Provenance.Content] {
      try paths.map { Provenance.Content(try HashedFiles($0)) }
    }
    let recipe = try folder.recipeText()
    let networks = job.networks(seed: seed).filter { folder.contains($0.file) }
    var evidence = evidence
    evidence.provenance = Provenance(
      version: programVersion,
      program: try program ?? .program(),
      data: try contents(job.sources.data),
      teacher: try contents(job.sources.teacher),
      recipe: recipe,
      recipeSHA256: SHA256.hash(of: recipe),
      networks: try zip(networks, contents(networks.map { folder.file($0.file).path })).map {
        var weights = $1
        weights.name = $0.file
        return Provenance.Network(role: $0.role, seed: $0.seed, weights: weights)
      },
      seeds: networks.isEmpty ? [seed] : Set(networks.map(\.seed)).sorted(),
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

  /// How evidence came to be.
  ///
  /// - Parameters:
  ///   - application: What its file says that it is of.
  ///   - known: Jobs that may have made it.
  package static func provenance(
    of application: String,
    at path: String,
    among known: Catalogue<any Job.Type>
  ) throws -> Provenance {
    func read<Task: EvidenceJob>(_: Task.Type) throws -> Provenance? {
      guard Task.Evidence.application == application else { return nil }
      return try evidence(Task.Evidence.self, at: path).provenance
    }
    for case let job as any EvidenceJob.Type in known.all {
      if let provenance = try read(job) { return provenance }
    }
    throw RunError(
      "'\(file(path))' is the certificate of an application '\(application)', which is not known here"
    )
  }

  /// What a certificate says of its application, nil for classes, and of the threads it was made
  /// with.
  ///
  /// - Parameter known: Jobs that may have made it: evidence need not name its application itself.
  package static func header(
    _ path: String,
    among known: Catalogue<any Job.Type> = JobRecipe.known
  ) throws -> (application: String?, threads: Int?) {
    struct Machine: Decodable {
      var machine: [String: String]?
      var recipe: String?
    }
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
    func application<Task: EvidenceJob>(_: Task.Type) -> String { Task.Evidence.application }
    let job = header.provenance?.recipe.flatMap(recordedExperiment).flatMap { known[$0] }
    let recorded = (job as? any EvidenceJob.Type).map { application($0) }
    return (
      header.application ?? former ?? recorded,
      header.provenance?.machine?["threads"].flatMap { Int($0) }
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
