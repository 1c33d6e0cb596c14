import Distill
import Foundation

extension PredictivePlan: EvidenceJob {
  public typealias Evidence = PredictiveCertificate

  public static let name = "predictive"

  /// The files of draws and data; a pipe has no hash.
  public func dataFiles() throws -> [URL] {
    try (draws.files + [data.table, data.heldOut].compactMap { $0 })
      .filter { path in
        var facts = stat()
        guard path != "-" else { return false }
        guard stat(path, &facts) == 0 else {
          throw RunError("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        return facts.st_mode & S_IFMT == S_IFREG
      }
      .map { URL(fileURLWithPath: $0) }
  }

  public func perform(_ run: Run) throws {
    let kept = try keptChains(of: run.folder.url.path, seed: run.seed)
    let prepared = try PredictivePreparation(self, seed: run.seed, kept: kept, run.work)
    try PredictiveRun(self, prepared, run).perform()
  }

  public static let studentFiles = [PredictiveRun.student, PredictiveRun.weights]

  public var sources: (teacher: [String], data: [String]) {
    (
      draws.files.filter(Self.isFile),
      [data.table, data.heldOut].compactMap { $0 }.filter(Self.isFile)
    )
  }

  /// Pipes are none.
  private static func isFile(_ path: String) -> Bool {
    var facts = stat()
    return path != "-" && stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
  }

  public func certified() throws -> PredictivePlan {
    guard sources.teacher.count == draws.files.count else {
      throw RunError(
        "the draws came through a pipe, which cannot be read again: keep them in a file"
      )
    }
    let holdsOut =
      !model.isDensity && data.table != nil && data.heldOut == nil
      && (data.inputs ?? .rows) == .rows
    guard isCertified || !holdsOut else {
      throw RunError(
        "the run had no --certify, for which a fifth of the rows is kept out: do it again with "
          + "distill run RUN/recipe.yaml --set isCertified=true"
      )
    }
    var plan = self
    plan.isCertified = true
    return plan
  }
}

/// Performs a new run, or goes on with one.
///
/// - Parameters:
///   - path: Of a new run's folder; nil for one under `runs`.
///   - shard: The part of the chains that is sampled, and nothing else done; nil for a whole run.
///   - resumed: The run to go on with; nil for none.
///   - said: The words of the command line, by which options that are said beside a run to resume are
///     known from those left out.
///   - read: Brings recipes of earlier versions to the form of this one.
/// - Throws: One sentence where something cannot be understood, there is no such run, or it began with
///   other options.
package func performPredictive(
  _ plan: PredictivePlan,
  seed: UInt64,
  at path: String?,
  shard: Shard? = nil,
  resuming resumed: ResumedRun?,
  said: [String],
  on device: Device,
  reading read: (String) throws -> String,
  program: Provenance.Content? = nil,
  _ work: Work
) throws {
  if let shard { return try samplePredictive(plan, seed: seed, shard, besideRun: path, work) }
  guard let resumed else {
    return try runPredictive(plan, seed: seed, at: path, on: device, program: program, work)
  }
  try resumePredictive(
    plan,
    seed: seed,
    said: said,
    at: resumed.path,
    on: device,
    reading: read,
    program: program,
    work
  )
}

/// Performs a new run.
///
/// - Parameter path: The run's folder; the default is a new one under `runs`.
/// - Throws: One sentence where something cannot be understood, before there is a folder.
package func runPredictive(
  _ plan: PredictivePlan,
  seed: UInt64,
  at path: String? = nil,
  on device: Device,
  program: Provenance.Content? = nil,
  _ work: Work
) throws {
  var prepared: PredictivePreparation?
  let folder = try JobRecipe(plan, seed: seed).begin("predictive", at: path, on: device) {
    let kept = try path.flatMap { try plan.keptChains(of: $0, seed: seed) }
    prepared = try PredictivePreparation(plan, seed: seed, kept: kept, work)
  }
  work.open(folder.url)
  work.note("the run is in \(folder.url.path)")
  try folder.keptIfAnythingIsDone {
    let run = Run(
      folder: folder,
      seed: seed,
      device: device,
      work: work,
      program: program
    )
    try PredictiveRun(plan, prepared!, run).perform()
  }
}

/// Goes on with a run.
///
/// - Parameters:
///   - plan: What the words of the command line ask for.
///   - path: The run's folder; nil for the last unfinished one.
private func resumePredictive(
  _ plan: PredictivePlan,
  seed: UInt64,
  said: [String],
  at path: String?,
  on device: Device,
  reading read: (String) throws -> String,
  program: Provenance.Content? = nil,
  _ work: Work
) throws {
  let folder = try RunFolder.resume("predictive", at: path)
  let student = folder.file(PredictiveRun.student).path
  if try folder.isFinished(work, "its student is \(student)") { return }
  let recipe = try JobRecipe(
    resuming: folder,
    among: Catalogue(PredictivePlan.self),
    reading: read
  )
  guard let began = recipe.job as? PredictivePlan else {
    throw RunError("the recipe in '\(folder.url.path)' is of another experiment")
  }
  let changes = changedOptions(from: (began, recipe.seed), to: (plan, seed), said)
  guard changes.isEmpty else {
    throw RunError(
      "the run in '\(folder.url.path)' resumes as it began, with "
        + "\(changes.joined(separator: ", ")): leave these options out, or start a new run"
    )
  }
  try recipe.perform(in: folder, on: device, program: program, work, saying: "")
}
