import Distill

extension ExperimentRecipe {
  /// Performs the experiment in the folder of its run, new or gone on with, unless that is done.
  ///
  /// - Parameter announcement: Said before the work begins.
  /// - Throws: What the experiment throws.
  func perform(
    in folder: RunFolder,
    on device: Device,
    _ console: Console,
    _ interruption: Interruption,
    saying announcement: String? = nil
  ) throws {
    if try folder.isFinished(console, "read \(folder.file(RunFolder.report).path)") { return }
    if let announcement { console.say(announcement) }
    try folder.keptIfAnythingIsDone {
      try experiment.perform(
        ExperimentRun(
          folder: folder,
          seed: seed,
          device: device,
          console: console,
          interruption: interruption
        )
      )
    }
    try folder.finish()
  }
}
