import Distill
import Foundation

/// A run whose certificate is evidence, certified and replayed by doing all of it again.
package struct EvidenceRun {
  package let recipe: JobRecipe
  private let job: any EvidenceJob
  /// As it stands in the certificate.
  package let text: String
  package let device: Device
  /// The executable file that a certificate names; nil for this program's.
  package let program: Provenance.Content?
  package let work: Work

  /// - Parameter known: Jobs that the recipe may be of.
  /// - Returns: Nil when the recipe is of no job that ends with evidence.
  package init?(
    recipe text: String,
    on device: Device,
    program: Provenance.Content? = nil,
    among known: Catalogue<any Job.Type>,
    _ work: Work
  ) throws {
    guard let name = recordedExperiment(text), known[name] is any EvidenceJob.Type else {
      return nil
    }
    recipe = try JobRecipe(yaml: text, among: known)
    guard let job = recipe.job as? any EvidenceJob else { return nil }
    self.job = job
    (self.text, self.device, self.program, self.work) = (text, device, program, work)
  }

  /// Does a finished run again, requires that the same student comes out bit for bit, and writes the
  /// sealed certificate.
  ///
  /// - Parameter out: Where the certificate goes. The default is the run's folder.
  /// - Throws: `Stopped` when it was asked to stop; what is done is kept.
  package func certify(_ own: RunFolder, out: URL? = nil) throws {
    try certify(job, own, RunFolder(url: out ?? own.url, command: "certify"))
  }

  private func certify<Task: EvidenceJob>(
    _ job: Task,
    _ own: RunFolder,
    _ place: RunFolder
  ) throws {
    try requireUnchangedData()
    let lock = try RunLock(own.url)
    defer { lock.release() }
    let again = place.file("certificate")
    var evidence = try repeated(job, at: again, saying: "distill certify \(own.url.path)")
    for (index, network) in (evidence.provenance?.networks ?? []).enumerated() {
      let file = own.file(network.weights.name)
      guard try Provenance.Content(file).sha256 == network.weights.sha256 else {
        throw RunError(
          "'\(file.path)' is not what its recipe trains with this program: repeat the run, or certify "
            + "it with the program, machine and number of threads that made it"
        )
      }
      evidence.provenance!.networks[index].weights.name =
        Provenance.Network.name(of: file, in: place.url)
    }
    evidence = CertificateFile.sealed(evidence)
    try place.write(prettyJson(evidence), to: CertificateFile.name)
    let page = RunFolder(url: again, command: "certify").file(RunFolder.report)
    if let page = try? String(contentsOf: page, encoding: .utf8) {
      try place.write(page, to: RunFolder.report)
    }
    FolderDestination.delete(again)
    work.show(evidence.text, evidence)
    work.note("the certificate is \(place.file(CertificateFile.name).path)")
  }

  /// Does the run again and says whether the numbers of its certificate stand.
  ///
  /// - Parameters:
  ///   - path: The certificate.
  ///   - place: Where a folder "replay" is, until the work is done.
  package func replay(_ path: String, in place: URL) throws -> ReplayResult {
    try replay(job, path, in: place)
  }

  private func replay<Task: EvidenceJob>(
    _ job: Task,
    _ path: String,
    in place: URL
  ) throws -> ReplayResult {
    let certificate = try CertificateFile.evidence(Task.Evidence.self, at: path)
    let provenance = certificate.provenance!
    for content in provenance.data + provenance.teacher { try content.requireUnchanged() }
    let file = URL(fileURLWithPath: CertificateFile.file(path)).absoluteURL
    let missing = try provenance.missingNetworks(in: file.deletingLastPathComponent())
    if !missing.isEmpty {
      work.note("\(missing.joined(separator: ", ")) of the certificate is not there")
    }
    let again = place.appendingPathComponent("replay")
    let repetition = try repeated(job, at: again, saying: "distill replay \(path)")
    let now = repetition.provenance!
    let changes = provenance.changes(now: now.program, on: now.machine)
    if !changes.isEmpty {
      work.note("the work was done again with \(changes.joined(separator: ", "))")
    }
    FolderDestination.delete(again)
    return try certificate.compared(with: repetition)
  }

  private func requireUnchangedData() throws {
    let made = try RecipeOrigin(yaml: text).data
    guard try made == job.dataFiles().map({ try Provenance.Content($0) }) else {
      throw RunError("the data files are not those that the run was started with")
    }
  }

  /// The evidence of the job done again in a folder, from its beginning or on from where it was
  /// stopped.
  private func repeated<Task: EvidenceJob>(
    _ job: Task,
    at url: URL,
    saying command: String
  ) throws -> Task.Evidence {
    let isBegun = RunFolder(url: url, command: "certify").contains(RunFolder.state)
    let folder =
      isBegun
      ? try RunFolder.resume("certify", at: url.path)
      : try RunFolder.create(for: "certify", at: url.path, recipe: text)
    guard try folder.recipeText() == text else {
      throw RunError("'\(url.path)' holds the work of another certificate: delete it first")
    }
    let quiet = Work(
      report: { event in
        switch event {
        case .note, .result: break
        default: work.report(event)
        }
      },
      isCancelled: work.isCancelled,
      heed: work.heed
    )
    do {
      try job.certified().perform(
        Run(
          folder: folder,
          seed: recipe.seed,
          device: device,
          work: quiet,
          program: program
        )
      )
    } catch is Stopped {
      throw Stopped("stopped; what is done is kept: resume with \(command)")
    }
    return try CertificateFile.evidence(Task.Evidence.self, at: url.path)
  }
}

/// Certifies a finished run of any application: one of `compress` or of the demo by training its student
/// and its control with several seeds, others by doing them again.
///
/// - Parameter run: Its folder, which gets the certificate.
/// - Throws: `RunError` where the run's own student does not come out bit for bit.
public func certify(
  _ run: URL,
  seeds: Int = 5,
  on device: Device = .cpu,
  _ work: Work = .silent
) throws {
  try certify(CertifyOptions(run: run.path, seeds: seeds), on: device, work)
}

/// Does all of a certificate's work again, and says whether its numbers stand.
///
/// - Parameter certificate: The file, or the folder that it is in, which gets a folder "replay" until
///   the work is done.
/// - Throws: `RunError` where the certificate was changed after it was written, or data, teacher or
///   student are not what they were.
public func replay(
  _ certificate: URL,
  on device: Device = .cpu,
  _ work: Work = .silent
) throws -> ReplayResult {
  try replay(certificate.path, out: nil, on: device, work)
}

/// Certifies a run of any application.
///
/// - Parameters:
///   - known: Jobs that the run may be of.
///   - reading: Makes a recipe of today of one that an earlier version wrote.
package func certify(
  _ options: CertifyOptions,
  on device: Device,
  program: Provenance.Content? = nil,
  among known: Catalogue<any Job.Type> = JobRecipe.known,
  reading: (String) throws -> String = { $0 },
  _ work: Work
) throws {
  let folder = try finishedRun(options.run)
  let text = try reading(folder.recipeText())
  guard let run = try EvidenceRun(recipe: text, on: device, program: program, among: known, work)
  else {
    let task = (try? Recipe<CompressionPlan>(yaml: text))?.options.data.task ?? .classes
    if options.shard != nil || task != .classes {
      let run = try CertificateRun(options, on: device, program: program, among: known, work)
      if let shard = options.shard {
        guard try run.perform(shard) else { return }
      }
      if let taskRun = run.taskRun {
        let certificate = try run.performTask(taskRun)
        try options.required?.require(certificate.word)
        return
      }
    }
    try runCertify(options, on: device, program: program, among: known, work)
    return
  }
  guard options.shard == nil else {
    throw RunError(
      "the run in '\(options.run)' has one student, and no parts: leave out --shard, or start one process "
        + "alone"
    )
  }
  if let out = options.out { try requireFree(out, for: folder, text) }
  let out = options.out.map { URL(fileURLWithPath: $0).absoluteURL }
  try folder.enterDirectory()
  try run.certify(folder, out: out)
}

/// Replays the certificate of a run of any application.
package func replay(
  _ path: String,
  out: String? = nil,
  on device: Device,
  program: Provenance.Content? = nil,
  among known: Catalogue<any Job.Type> = JobRecipe.known,
  _ work: Work
) throws -> ReplayResult {
  guard let application = try CertificateFile.header(path, among: known).application else {
    return try runReplay(
      path,
      out: out,
      on: device,
      program: program,
      among: known,
      work
    )
  }
  let file = URL(fileURLWithPath: CertificateFile.file(path)).absoluteURL
  let place = out.map { URL(fileURLWithPath: $0).absoluteURL } ?? file.deletingLastPathComponent()
  let folder = RunFolder(url: file.deletingLastPathComponent(), command: "replay")
  func shown(_ result: ReplayResult) -> ReplayResult {
    if let table = result.table { work.show(table.text(width: 140), ReplayAnswer(result)) }
    work.show(result.summary, ReplayAnswer(result))
    return result
  }
  if application == TaskCertificate.application {
    if folder.contains(RunFolder.state) { try? folder.enterDirectory() }
    return shown(
      try replayTask(file.path, in: place, on: device, program: program, among: known, work)
    )
  }
  let provenance = try CertificateFile.provenance(of: application, at: path, among: known)
  if folder.contains(RunFolder.state) { try? folder.enterDirectory() }
  guard
    let run = try EvidenceRun(
      recipe: provenance.recipe,
      on: device,
      program: program,
      among: known,
      work
    )
  else { throw RunError("the recipe of '\(file.path)' is of another application than it is") }
  return shown(try run.replay(file.path, in: place))
}
