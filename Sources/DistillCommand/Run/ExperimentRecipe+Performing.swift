import Distill

extension ExperimentRecipe {
  /// Performs the experiment in the folder of its run, new or gone on with, until Ctrl-C.
  ///
  /// - Parameter announcement: Said before the work begins.
  /// - Throws: ``CommandError`` when the run is finished already, and what the experiment throws.
  func perform(
    in folder: RunFolder,
    on device: Device,
    _ console: Console,
    saying announcement: String? = nil
  ) throws {
    if try folder.isFinished() {
      throw CommandError(
        "the run in '\(folder.url.path)' is finished: read \(folder.file(RunFolder.report).path)"
      )
    }
    try Interruption.listening { interruption in
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
}
