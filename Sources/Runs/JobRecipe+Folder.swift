import Distill
import Foundation

extension JobRecipe {
  /// A recipe of a job that is known already.
  public init(_ job: any Job, seed: UInt64 = 1) {
    (self.job, self.seed) = (job, seed)
  }

  /// Performs the job in the folder of a run, or resumes the run that is there.
  ///
  /// The folder gets `recipe.yaml`, which ``init(yaml:settings:among:)`` reads again, and what the job
  /// writes.
  ///
  /// - Parameters:
  ///   - folder: New, or of a run of this recipe.
  ///   - work: What is told how far it is, and whether it goes on.
  /// - Throws: One sentence where the job cannot be done, or the folder holds another run;
  ///   `Stopped` when work was cancelled: what is done is kept.
  public func run(at folder: URL, on device: Device = .cpu, _ work: Work = .silent) throws {
    guard RunFolder(url: folder, command: "run").contains(RunFolder.state) else {
      return try start("run", at: folder.path, on: device, work)
    }
    if let job = job as? any SubcommandJob {
      return try job.resume(seed: seed, in: folder, on: device, work)
    }
    let place = try RunFolder.resume("run", at: folder.path)
    let begun = try JobRecipe(resuming: place, among: Catalogue(type(of: job)))
    guard begun.isEqual(to: self) else {
      throw RunError("the run in '\(folder.path)' is of another recipe: name another folder")
    }
    try begun.perform(in: place, on: device, work)
  }

  /// Performs the job in the folder of a new run.
  ///
  /// - Parameter isNamed: Whether the name of the job is said before the work begins.
  package func start(
    _ command: String,
    at path: String?,
    on device: Device,
    _ work: Work,
    isNamed: Bool = false
  ) throws {
    if let job = job as? any SubcommandJob {
      return try job.start(seed: seed, at: path, on: device, work)
    }
    let folder = try begin(command, at: path, on: device)
    try perform(in: folder, on: device, work, saying: isNamed ? announcement : nil)
  }

  /// Goes on with a run as its recipe says.
  ///
  /// - Parameters:
  ///   - command: Whose run it is, such as "generative fit".
  ///   - path: The run's folder; nil for the last unfinished one under `runs`.
  ///   - isNamed: Whether the name of the job is said before the work begins.
  ///   - read: Makes a recipe of today of one that an earlier version wrote.
  ///   - change: Says where the job's files are by now.
  /// - Throws: `RunError` when there is no such run, or its recipe or data have changed; what the job
  ///   throws.
  package static func resume(
    _ command: String,
    at path: String?,
    among known: Catalogue<any Job.Type>,
    on device: Device,
    _ work: Work,
    isNamed: Bool = false,
    reading read: (String) throws -> String = { $0 },
    changing change: (inout any Job) -> Void = { _ in }
  ) throws {
    let folder = try RunFolder.resume(command, at: path)
    let recipe = try JobRecipe(resuming: folder, among: known, reading: read, changing: change)
    try recipe.perform(in: folder, on: device, work, saying: isNamed ? recipe.announcement : nil)
  }

  private var announcement: String { "\(type(of: job).name): " }

  /// Whether two recipes ask for the same.
  func isEqual(to other: JobRecipe) -> Bool {
    func isSame<Kind: Job>(_ job: Kind) -> Bool { other.job as? Kind == job }
    return seed == other.seed && isSame(job)
  }

  /// Makes the folder of a new run with this recipe.
  ///
  /// - Parameter prepare: Done before there is a folder.
  /// - Throws: `RunError` when the job cannot be done, its data are not there, or something is
  ///   at `path` already.
  package func begin(
    _ command: String,
    at path: String?,
    on device: Device,
    preparing prepare: () throws -> Void = {}
  ) throws -> RunFolder {
    try job.check()
    let data = try job.dataFiles().map { try Provenance.Content($0) }
    try prepare()
    let origin = RecipeOrigin(data: data, machine: .current(device: device))
    return try RunFolder.create(for: command, at: path, recipe: yaml(origin))
  }

  /// The recipe of a run to resume.
  ///
  /// - Parameters:
  ///   - reading: Makes one of today of a recipe that an earlier version wrote.
  ///   - changing: Says where the job's files are by now.
  /// - Throws: `RunError` when the recipe or the data are not those that the run was started with.
  package init(
    resuming folder: RunFolder,
    among known: Catalogue<any Job.Type> = JobRecipe.known,
    reading: (String) throws -> String = { $0 },
    changing: (inout any Job) -> Void = { _ in }
  ) throws {
    let text = try reading(folder.unchangedRecipe())
    try self.init(yaml: text, among: known)
    changing(&job)
    let data = try job.dataFiles().map { try Provenance.Content($0) }
    guard try RecipeOrigin(yaml: text).data == data else {
      throw RunError(
        "the data files are not those the run in '\(folder.url.path)' was started with: start a new "
          + "run without --resume"
      )
    }
  }
}
