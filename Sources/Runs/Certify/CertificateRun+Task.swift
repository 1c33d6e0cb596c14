import Compression
import Distill
import Foundation

extension CertificateRun {
  /// The compression that is certified, where its students say something else than classes.
  package var taskRun: CertifiableCompression? {
    (run as? CertifiableCompression).flatMap { $0.training.plan.data.task == .classes ? nil : $0 }
  }

  /// Which networks of a seed are trained.
  var roles: [CompressionRole] {
    guard let taskRun, taskRun.training.data.targets == nil else { return CompressionRole.allCases }
    return [.student]
  }

  /// Trains and measures what says something else than classes.
  ///
  /// - Returns: The certificate as it was written.
  /// - Throws: As ``perform()``.
  @discardableResult
  package func performTask(_ run: CertifiableCompression) throws -> TaskCertificate {
    try locked {
      let certificate = try taskCertificate(run)
      try folder.write(prettyJson(certificate), to: CertificateFile.name)
      try folder.write(certificate.page.html, to: CertificateFile.page)
      work.show("\n" + certificate.text, certificate)
      work.note(
        "the certificate is \(folder.file(CertificateFile.name).path), and for people "
          + folder.file(CertificateFile.page).path
      )
      return certificate
    }
  }

  /// The certificate of networks that are trained for it.
  func taskCertificate(_ run: CertifiableCompression) throws -> TaskCertificate {
    try origin.claim(networkFolder, work)
    let trained = try networks.trained(seeds, roles)
    let (training, targets) = (run.training, run.training.data.targets?.test)
    let task = training.plan.data.task
    let taught = try training.values(of: run.teacher, on: run.test)
    let models = trained.students + trained.controls
    work.begin("measured", of: models.count, "networks")
    defer { work.end() }
    let measured = try models.enumerated().map { index, model in
      if work.isCancelled() { throw Stopped("stopped while measuring") }
      let own = try training.values(of: model.network, on: run.test)
      work.update(index + 1)
      return task.measures(own, teacher: taught, targets: targets)
    }
    var certificate = TaskCertificate(
      run,
      task.measures(taught, teacher: nil, targets: targets),
      students: Array(measured.prefix(trained.students.count)),
      controls: Array(measured.dropFirst(trained.students.count)),
      parameters: TaskCertificate.Parameters(
        teacher: run.teacherNetworks.reduce(0) { $0 + $1.parameterCount },
        student: trained.students[0].network.parameterCount
      ),
      margin: rule.margins[.accuracy] ?? 0.005
    )
    certificate.provenance = try provenance(of: models)
    return CertificateFile.sealed(certificate)
  }
}

/// Does all of the work of a certificate of labels or vectors again, and says whether its numbers stand.
///
/// - Throws: `RunError` when data or teacher are not what they were.
func replayTask(
  _ path: String,
  in place: URL,
  on device: Device,
  program: Provenance.Content?,
  among known: Catalogue<any Job.Type>,
  _ work: Work
) throws -> ReplayResult {
  let certificate = try CertificateFile.evidence(TaskCertificate.self, at: path)
  let provenance = certificate.provenance!
  let file = URL(fileURLWithPath: CertificateFile.file(path)).absoluteURL
  let teacher = provenance.teacher.map { $0.beside(file) }
  for content in provenance.data + teacher { try content.requireUnchanged() }
  let folder = file.deletingLastPathComponent()
  let missing = try provenance.missingNetworks(in: folder)
  if !missing.isEmpty {
    work.note("\(missing.joined(separator: ", ")) of the certificate is not there")
  }
  let run = try certifiableRun(
    recipe: provenance.recipe,
    folder: folder.path,
    teacherFiles: teacher.map(\.name),
    among: known,
    on: device,
    work
  )
  do {
    let replay = try CertificateRun(
      replaying: provenance,
      CertificateRule(margins: [.accuracy: certificate.margin]),
      of: run,
      in: place,
      program: program,
      work
    )
    guard let taskRun = replay.taskRun else {
      throw RunError("the recipe of '\(file.path)' is of classes, and its certificate is not")
    }
    let changes = provenance.changes(
      now: replay.program,
      on: MachineFacts.current(device: run.test.device).deciding
    )
    if !changes.isEmpty {
      work.note("the work is done again with \(changes.joined(separator: ", "))")
    }
    let repetition = try replay.taskCertificate(taskRun)
    NetworkOrigin.release(replay.networkFolder)
    return try certificate.compared(with: repetition)
  } catch is Stopped {
    throw Stopped("stopped; finished networks are kept: resume with distill replay \(path)")
  }
}
