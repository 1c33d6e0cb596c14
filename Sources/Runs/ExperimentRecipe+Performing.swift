import Distill

extension ExperimentRecipe {
  /// Performs the experiment in the folder of its run, new or gone on with, unless that is done.
  ///
  /// - Parameter announcement: Said before the work begins.
  /// - Throws: What the experiment throws.
  package func perform(
    in folder: RunFolder,
    on device: Device,
    program: Provenance.Content? = nil,
    _ work: Work,
    saying announcement: String? = nil
  ) throws {
    if try folder.isFinished(work, "read \(folder.file(RunFolder.report).path)") { return }
    work.open(folder.url)
    if let announcement { work.note(announcement) }
    try folder.keptIfAnythingIsDone {
      try experiment.perform(
        ExperimentRun(
          folder: folder,
          seed: seed,
          device: device,
          work: work,
          program: program
        )
      )
    }
    try folder.finish()
  }
}
