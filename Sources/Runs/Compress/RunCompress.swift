import Distill
import Foundation

/// Prepares a run, or goes on with one, and performs it.
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
    let folder = try RunFolder.create(
      for: "compress",
      at: options.out,
      recipe: recipe.yaml(),
      progress: CompressionRun.Progress(plan: training.plan, recipe: recipe.yaml())
    )
    work.open(folder.url)
    try training.keepAnswers(in: folder)
    work.note(
      "training \(training.plan.student) for \(grouped(training.plan.training.steps)) steps; the run "
        + "is in \(folder.url.path)"
    )
    return try CompressionRun(folder: folder, training: training, work: work).perform()
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
  training.store = try options.observed.map { try ObservationStore(at: $0) }
  work.open(folder.url)
  work.note("going on with \(training.plan.student) in \(folder.url.path)")
  try training.rehearse()
  try CompressionRun(folder: folder, training: training, work: work).perform()
}
