import Distill
import Foundation

/// Prepares a run, or resumes one, and performs it; where ranks share its steps, as rank 0 or as one that
/// follows it.
package func runCompress(
  _ options: CompressOptions,
  on device: Device,
  _ work: Work
) throws {
  guard let parts = options.sharedParts() else {
    return try runCompress(options, sharing: nil, on: device, work)
  }
  // What a teacher says must be the same to the last bit, too.
  Machine.threads = options.trainingThreads ?? 1
  do {
    let group = try rankGroup(options, of: parts, on: device, work)
    if let group, group.rank > 0 {
      return try CompressionTraining.follow(group, on: device, Work(isCancelled: work.isCancelled))
    }
    try runCompress(options, sharing: group, on: device, work)
    try group?.dismiss()
  } catch ProcessGroupError.cancelled {
    throw Stopped("\(ProcessGroupError.cancelled)")
  }
}

extension CompressOptions {
  /// The micro-shards that are asked for, or that the run has which is resumed.
  fileprivate func sharedParts() -> Int? {
    guard let resume else { return microShards }
    guard let path = resume.path else { return nil }
    let folder = RunFolder(url: URL(fileURLWithPath: path), command: Self.name)
    guard folder.contains(RunFolder.recipe) else { return nil }
    return try? CompressionPlan.recorded(in: folder).training.microShards
  }
}

/// How many seconds ranks wait for each other.
private func rankPatience() throws -> Int {
  let name = "DISTILL_RANK_PATIENCE"
  guard let text = ProcessInfo.processInfo.environment[name] else { return 300 }
  guard let seconds = Int(text), (1...86_400).contains(seconds) else {
    throw RunError(
      "\(name)=\(text.printable): how many seconds ranks wait for each other must be from 1 to 86400"
    )
  }
  return seconds
}

/// The ranks that this process is one of, all connected; nil where it works alone.
private func rankGroup(
  _ options: CompressOptions,
  of parts: Int,
  on device: Device,
  _ work: Work
) throws -> ProcessGroup? {
  guard let ranks = try Ranks() else { return nil }
  guard device == .cpu else {
    throw RunError(
      "ranks share the steps of a student on processors, not on \(device): leave out --device, or start one "
        + "process"
    )
  }
  guard ranks.count <= parts else {
    throw RunError(
      "\(ranks.count) ranks (by \(ranks.starter)) cannot share \(parts) micro-shards: start at most "
        + "\(parts), or part batches into more by --micro-shards"
    )
  }
  let patience = try rankPatience()
  let place = try MeetingPlace(besideRun: options.resume?.path ?? options.out)
  if ranks.rank == 0 { work.note("\(ranks.count) ranks (by \(ranks.starter)) share each step") }
  return try ProcessGroup(
    rank: ranks.rank,
    size: ranks.count,
    at: place,
    patience: .seconds(patience),
    isCancelled: work.isCancelled
  )
}

private func runCompress(
  _ options: CompressOptions,
  sharing group: ProcessGroup?,
  on device: Device,
  _ work: Work
) throws {
  guard let resume = options.resume else {
    let training = try CompressionPreparation(
      options: options,
      device: device,
      work: work
    ).training()
    let recipe = Recipe(
      command: "compress",
      arguments: options.repeated(by: training.plan).arguments,
      seed: options.seed,
      options: training.plan,
      data: [],
      machine: .current(device: device)
    )
    training.group = group
    return try begin(recipe, training, at: options.out, work)
  }
  let folder = try RunFolder.resume("compress", at: resume.path)
  if try folder.isFinished(work, "read \(folder.file(RunFolder.report).path)") { return }
  if options.choosesThreads, let threads = recordedThreads(folder.url.path) {
    Machine.threads = min(threads, ProcessInfo.processInfo.activeProcessorCount)
  }
  let plan = try CompressionPlan.recorded(in: folder)
  try CompressionRun.requireUnchanged(plan, in: folder)
  let training = try CompressionTraining(
    plan,
    in: folder.url.path,
    on: device,
    work
  )
  training.group = group
  training.observations = try options.observed.map { try SharedObservations(at: $0) }
  work.open(folder.url)
  work.note("resuming \(training.plan.studentWords) in \(folder.url.path)")
  try training.validate()
  try CompressionRun(folder: folder, training: training, work: work).perform()
}

/// Does what the recipe in the folder of a run of `distill compress` says again, in a new run.
///
/// - Parameters:
///   - place: Where the recipe lies, and a student's network beside it.
///   - settings: Options that were to be others, and a seed: there must be none.
///   - path: The folder of the new run; nil for one under `runs`.
/// - Returns: Whether the text is such a recipe.
/// - Throws: `RunError` in one sentence where teacher or data are not what they were.
package func repeatCompress(
  _ text: String,
  in place: String = ".",
  _ settings: [String],
  _ seed: UInt64?,
  at path: String?,
  on device: Device,
  _ work: Work
) throws -> Bool {
  guard try recordedCommand(text) == CompressOptions.name else { return false }
  var recipe = try Recipe<CompressionPlan>(yaml: text)
  guard settings.isEmpty, seed == nil else {
    throw RunError(
      "every choice of a recorded compression is made: leave out --set and --seed, or change what its "
        + "line 'replay:' says"
    )
  }
  guard recipe.options.teacher.answers?.program == nil else {
    throw RunError(
      "the teacher was a program, which is asked anew: do what the line 'replay:' says"
    )
  }
  if recipe.options.training.microShards != nil {
    Machine.threads = recipe.options.training.threads ?? 1
  }
  let training = try CompressionTraining(recipe.options, in: place, on: device, work)
  try training.validate()
  recipe.made(on: .current(device: device))
  try begin(recipe, training, at: path, work)
  return true
}

/// Makes the folder of a new run, and performs it.
private func begin(
  _ recipe: Recipe<CompressionPlan>,
  _ training: CompressionTraining,
  at path: String?,
  _ work: Work
) throws {
  let text = try recipe.yaml()
  let folder = try RunFolder.create(
    for: "compress",
    at: path,
    recipe: text,
    progress: CompressionRun.Progress(plan: training.plan, recipe: text),
    keeping: training.keepFiles
  )
  work.open(folder.url)
  let task =
    training.plan.fit.map { "looking for a student of \($0.budget)" }
    ?? "training \(training.plan.studentWords) for \(grouped(training.plan.training.steps)) steps"
  work.note("\(task); the run is in \(folder.url.path)")
  try CompressionRun(folder: folder, training: training, work: work).perform()
}
