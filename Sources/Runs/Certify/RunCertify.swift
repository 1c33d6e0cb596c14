import Distill
import Foundation

/// What `distill certify` was asked to do.
package struct CertifyOptions {
  package var run: String
  package var seeds = 5
  package var out: String?
  /// As it was written: its digits say how exactly it is known.
  package var teacherAccuracy: String?
  package var accuracyMargin = 0.005
  package var logProbabilityMargin = 0.01
  /// The word that the certificate must have.
  package var required: RequiredWord?
  /// The part of the networks that is trained, where others train the rest; nil for all of the work.
  package var shard: Shard?

  package init(
    run: String,
    seeds: Int = 5,
    out: String? = nil,
    teacherAccuracy: String? = nil,
    accuracyMargin: Double = 0.005,
    logProbabilityMargin: Double = 0.01,
    required: RequiredWord? = nil,
    shard: Shard? = nil
  ) {
    self.run = run
    self.seeds = seeds
    self.out = out
    self.teacherAccuracy = teacherAccuracy
    self.accuracyMargin = accuracyMargin
    self.logProbabilityMargin = logProbabilityMargin
    self.required = required
    self.shard = shard
  }

  /// Refuses numbers out of their bounds.
  ///
  /// - Throws: `RunError` that names the option.
  package func check(naming name: (String) -> String = { $0 }) throws {
    try requireCount(name("seeds"), seeds, atLeast: 2, atMost: 1_000)
    try requireNumbers(name("accuracyMargin"), [accuracyMargin], .share)
    let margins = NumberBounds.notNegative(atMost: 1_000)
    try requireNumbers(name("logProbabilityMargin"), [logProbabilityMargin], margins)
    _ = try teacherAccuracy.map(CompressionPreparation.accuracy)
  }

  package var rule: CertificateRule {
    CertificateRule(margins: [.accuracy: accuracyMargin, .logProbability: logProbabilityMargin])
  }
}

/// Certifies a finished run.
///
/// - Parameters:
///   - program: The executable file. The default is this program's.
///   - known: Jobs that the run may be of.
@discardableResult
package func runCertify(
  _ options: CertifyOptions,
  on device: Device,
  program: Provenance.Content? = nil,
  among known: Catalogue<any Job.Type> = JobRecipe.known,
  _ work: Work
) throws -> Certificate {
  let certificate = try CertificateRun(options, on: device, program: program, among: known, work)
    .perform()
  try options.required?.require(certificate)
  return certificate
}

extension CertificateRun {
  /// What is certified of a finished run.
  package init(
    _ options: CertifyOptions,
    on device: Device,
    program: Provenance.Content?,
    among known: Catalogue<any Job.Type>,
    _ work: Work
  ) throws {
    let folder = try finishedRun(options.run)
    // Before relative paths are meant from somewhere else.
    let out = options.out.map { URL(fileURLWithPath: $0).absoluteURL }
    let recipe = try folder.recipeText()
    if let out { try requireFree(out.path, for: folder, recipe) }
    try folder.enterDirectory()
    let run = try certifiableRun(
      recipe: recipe,
      folder: folder.url.path,
      among: known,
      on: device,
      work
    )
    try preflight(run, options.teacherAccuracy, work)
    try self.init(
      of: run,
      recipe: recipe,
      seeds: options.seeds,
      in: folder,
      out: out,
      rule: options.rule,
      program: program,
      work
    )
  }
}

/// The folder of a run that is finished.
package func finishedRun(_ path: String) throws -> RunFolder {
  let folder = RunFolder(url: URL(fileURLWithPath: path).absoluteURL, command: "certify")
  try folder.requirePlainFiles()
  guard folder.contains(RunFolder.recipe), folder.contains(RunFolder.state) else {
    throw RunError(
      "there is no run in '\(path)': name the folder of a run of distill compress, demo, predictive or "
        + "generative fit"
    )
  }
  guard try folder.isFinished() else {
    throw RunError(
      "the run in '\(path)' is not finished: resume it with --resume \(path)"
    )
  }
  return folder
}

/// Refuses a place for the certificate that belongs to another run.
func requireFree(_ out: String, for run: RunFolder, _ recipe: String) throws {
  let place = RunFolder(url: URL(fileURLWithPath: out), command: "certify")
  // All that is written there; the rest may be anything.
  for name in [CertificateFile.name, CertificateFile.page, RunFolder.report] {
    try RunFolder.requirePlain(place.file(name))
  }
  guard place.url.resolvingSymlinksInPath() != run.url.resolvingSymlinksInPath() else { return }
  let isRun = place.contains(RunFolder.recipe) || place.contains(RunFolder.state)
  guard isRun || place.contains(CertificateFile.name) else { return }
  struct Header: Decodable {
    struct Made: Decodable { let recipeSHA256: String }
    let provenance: Made
  }
  let data = try? RegularFile.data(place.file(CertificateFile.name))
  let last = data.flatMap { try? CarefulJSONDecoder().decode(Header.self, from: $0) }?
    .provenance.recipeSHA256
  guard isRun || last != SHA256.hash(of: recipe) else { return }
  throw RunError(
    "'\(out)' holds \(isRun ? "a run" : "the certificate of a run") of its own: name another folder "
      + "with --out"
  )
}

/// With how many threads a run was made; nil where its recipe does not say.
package func recordedThreads(_ run: String) -> Int? {
  struct Machine: Decodable { let machine: MachineFacts }
  struct Header: Decodable {
    var machine: MachineFacts?
    var made: Machine?
  }
  let folder = RunFolder(url: URL(fileURLWithPath: run), command: "certify")
  let text = try? folder.recipeText()
  let header = text.flatMap { try? YAMLText.decode(Header.self, from: $0) }
  return (header?.machine ?? header?.made?.machine)?.threads
}

/// Refuses a teacher that does not reproduce the accuracy it is said to have.
private func preflight(_ run: any Certifiable, _ text: String?, _ work: Work) throws {
  guard let text = text ?? run.statedAccuracy.map({ "\($0)" }) else { return }
  guard (run as? CertifiableCompression)?.training.plan.data.task ?? .classes == .classes else {
    throw RunError(
      "--teacher-accuracy is about labels of classes, and there are none: leave it out"
    )
  }
  let predictions = try ClassPredictions(of: run.teacher, on: run.test)
  work.note(
    try Preflight.check(
      stated: try CompressionPreparation.accuracy(text),
      digits: text.split(separator: ".").dropFirst().first?.count ?? 0,
      measured: predictions.correctness.mean().doubleValue,
      examples: run.test.count,
      on: "test"
    )
  )
}

/// Does all of a certificate's work again and says whether its numbers stand.
///
/// - Parameters:
///   - path: The file, or the folder that it is in.
///   - out: Where the networks are on the way, in a folder "replay" that is deleted when the work is
///     done. The default is beside the certificate.
///   - known: Jobs that the certificate may be of a run of.
/// - Throws: `RunError` when data or teacher are not what they were.
package func runReplay(
  _ path: String,
  out: String? = nil,
  on device: Device,
  program: Provenance.Content? = nil,
  among known: Catalogue<any Job.Type> = JobRecipe.known,
  _ work: Work
) throws -> ReplayResult {
  let certificate = try CertificateFile.read(path)
  let file = URL(fileURLWithPath: CertificateFile.file(path)).absoluteURL
  let place = out.map { URL(fileURLWithPath: $0).absoluteURL } ?? file.deletingLastPathComponent()
  let folder = RunFolder(url: file.deletingLastPathComponent(), command: "replay")
  // A certificate says all that is needed, also where the run beside it is damaged.
  if folder.contains(RunFolder.state) { try? folder.enterDirectory() }
  let teacher = certificate.provenance.teacher.map { $0.beside(file) }
  for content in certificate.provenance.data + teacher { try content.requireUnchanged() }
  let missing = try certificate.requireNetworks(in: folder.url)
  if !missing.isEmpty {
    work.note(
      "\(missing.joined(separator: ", ")) of the certificate's networks are not there, so only what "
        + "its recipe trains is compared"
    )
  }
  let run = try certifiableRun(
    recipe: certificate.provenance.recipe,
    folder: folder.url.path,
    teacherFiles: teacher.map(\.name),
    among: known,
    on: device,
    work
  )
  do {
    let replay = try CertificateRun(
      replaying: certificate.provenance,
      certificate.rule,
      certificate.cascade?.settings,
      of: run,
      in: place,
      program: program,
      work
    )
    let changes = certificate.provenance.changes(
      now: replay.program,
      on: MachineFacts.current(device: run.test.device).deciding
    )
    if !changes.isEmpty {
      work.note("the work is done again with \(changes.joined(separator: ", "))")
    }
    let repetition = try replay.certificate(timedAs: certificate)
    NetworkOrigin.release(replay.networkFolder)
    let result = certificate.compared(with: repetition)
    if let table = result.table { work.show(table.text(width: 140), ReplayAnswer(result)) }
    work.show(result.summary, ReplayAnswer(result))
    return result
  } catch is Stopped {
    throw Stopped(
      "stopped; finished networks are kept: resume with distill replay \(path)"
        + (out.map { " --out \($0)" } ?? "")
    )
  }
}

/// A replay for machines.
struct ReplayAnswer: Encodable {
  var event = "replay"
  let stands: Bool
  let numbers: Int
  let fallen: [String]
  let rule: String

  init(_ result: ReplayResult) {
    stands = result.stands
    numbers = result.comparisons.count
    fallen = result.fallen.map(\.name)
    rule = result.rule
  }
}
