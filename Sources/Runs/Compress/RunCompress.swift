import Distill
import Foundation

/// Prepares a run, or resumes one, and performs it.
package func runCompress(
  _ options: CompressOptions,
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
