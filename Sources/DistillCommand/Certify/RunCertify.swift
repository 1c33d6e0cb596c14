import Distill
import Foundation

/// What `distill certify` was asked to do.
struct CertifyOptions {
  var run: String
  var seeds = 5
  var out: String?
  /// As it was written: its digits say how exactly it is known.
  var teacherAccuracy: String?
  var accuracyMargin = 0.005
  var logProbabilityMargin = 0.01
  /// The word that the certificate must have.
  var required: RequiredWord?

  var rule: CertificateRule {
    CertificateRule(margins: [.accuracy: accuracyMargin, .logProbability: logProbabilityMargin])
  }
}

/// Certifies a finished run.
///
/// - Parameter program: The executable file. The default is this program's.
@discardableResult
func runCertify(
  _ options: CertifyOptions,
  on device: Device,
  program: Provenance.Content? = nil,
  _ console: Console,
  _ interruption: Interruption
) throws -> Certificate {
  let folder = RunFolder(
    url: URL(fileURLWithPath: options.run).absoluteURL,
    command: "certify"
  )
  try folder.requirePlainFiles()
  guard folder.contains(RunFolder.recipe), folder.contains(RunFolder.state) else {
    throw CommandError(
      "there is no run in '\(options.run)': name the folder of a run of distill compress or "
        + "distill demo"
    )
  }
  guard try folder.isFinished() else {
    throw CommandError(
      "the run in '\(options.run)' is not finished: go on with it, adding --resume \(options.run)"
    )
  }
  // Before relative paths are meant from somewhere else.
  let out = options.out.map { URL(fileURLWithPath: $0).absoluteURL }
  let recipe = try folder.recipeText()
  if let out { try requireFree(out.path, for: folder, recipe) }
  try folder.enterDirectory()
  let run = try certifiableRun(
    recipe: recipe,
    folder: folder.url.path,
    on: device,
    console,
    interruption
  )
  try preflight(run, options.teacherAccuracy, console)
  let certificate = try CertificateRun(
    of: run,
    recipe: recipe,
    seeds: options.seeds,
    in: folder,
    out: out,
    rule: options.rule,
    program: program,
    console,
    interruption
  ).perform()
  try options.required?.require(certificate)
  return certificate
}

/// Refuses a place for the certificate that belongs to another run.
private func requireFree(_ out: String, for run: RunFolder, _ recipe: String) throws {
  let place = RunFolder(url: URL(fileURLWithPath: out), command: "certify")
  // All that is written there; the rest may be anything.
  for name in [CertificateFile.name, CertificateFile.page] {
    try RunFolder.requirePlain(place.file(name))
  }
  guard place.url.resolvingSymlinksInPath() != run.url.resolvingSymlinksInPath() else { return }
  let isRun = place.contains(RunFolder.recipe) || place.contains(RunFolder.state)
  guard isRun || place.contains(CertificateFile.name) else { return }
  let last = try? CertificateFile.read(out).provenance.recipeSHA256
  guard isRun || last != SHA256.hash(of: recipe) else { return }
  throw CommandError(
    "'\(out)' holds \(isRun ? "a run" : "the certificate of a run") of its own: name another folder "
      + "with --out"
  )
}

/// With how many threads a run was made; nil where its recipe does not say.
func recordedThreads(_ run: String) -> Int? {
  struct Header: Decodable {
    let machine: MachineFacts
  }
  let folder = RunFolder(url: URL(fileURLWithPath: run), command: "certify")
  let text = try? folder.recipeText()
  return text.flatMap { try? YAMLText.decode(Header.self, from: $0).machine.threads }
}

/// Refuses a teacher that does not reproduce the accuracy it is said to have.
private func preflight(_ run: any Certifiable, _ text: String?, _ console: Console) throws {
  guard let text = text ?? run.statedAccuracy.map({ "\($0)" }) else { return }
  let predictions = try ClassPredictions(of: run.teacher, on: run.test)
  console.say(
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
/// - Throws: ``CommandError`` when data or teacher are not what they were.
func runReplay(
  _ path: String,
  out: String? = nil,
  on device: Device,
  program: Provenance.Content? = nil,
  _ console: Console,
  _ interruption: Interruption
) throws -> ReplayResult {
  let certificate = try CertificateFile.read(path)
  let file = URL(fileURLWithPath: CertificateFile.file(path)).absoluteURL
  let place = out.map { URL(fileURLWithPath: $0).absoluteURL } ?? file.deletingLastPathComponent()
  let folder = RunFolder(url: file.deletingLastPathComponent(), command: "replay")
  // A certificate says all that is needed, also where the run beside it is damaged.
  if folder.contains(RunFolder.state) { try? folder.enterDirectory() }
  for content in certificate.provenance.data + certificate.provenance.teacher {
    try content.requireUnchanged()
  }
  let missing = try certificate.requireNetworks(in: folder.url)
  if !missing.isEmpty {
    console.say(
      "\(missing.joined(separator: ", ")) of the certificate's networks are not there, so only what "
        + "its recipe trains is compared"
    )
  }
  let run = try certifiableRun(
    recipe: certificate.provenance.recipe,
    folder: folder.url.path,
    teacherFiles: certificate.provenance.teacher.map(\.name),
    on: device,
    console,
    interruption
  )
  do {
    let replay = try CertificateRun(
      replaying: certificate,
      of: run,
      in: place,
      program: program,
      console,
      interruption
    )
    let changes = certificate.changes(
      now: replay.program,
      on: MachineFacts.current(device: run.test.inputs.device).deciding
    )
    if !changes.isEmpty {
      console.say("the work is done again with \(changes.joined(separator: ", "))")
    }
    let repetition = try replay.certificate(
      costs: (certificate.teacherCost, certificate.studentCost)
    )
    NetworkOrigin.release(replay.networkFolder)
    let result = certificate.compared(with: repetition)
    if let table = result.table { console.show(table.text(width: 140), ReplayAnswer(result)) }
    console.show(result.summary, ReplayAnswer(result))
    return result
  } catch is Stopped {
    throw Stopped(
      "stopped; finished networks are kept: go on with distill replay \(path)"
        + (out.map { " --out \($0)" } ?? "")
    )
  }
}

/// A replay for machines.
private struct ReplayAnswer: Encodable {
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
