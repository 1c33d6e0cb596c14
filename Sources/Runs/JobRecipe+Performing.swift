import Distill

extension JobRecipe {
  /// Performs the job in the folder of its run, new or resumed, unless that is done.
  ///
  /// - Parameter announcement: Said before the work begins, with the folder.
  /// - Throws: What the job throws.
  package func perform(
    in folder: RunFolder,
    on device: Device,
    program: Provenance.Content? = nil,
    _ work: Work,
    saying announcement: String? = nil
  ) throws {
    if try folder.isFinished(work, "read \(folder.file(RunFolder.report).path)") { return }
    work.open(folder.url)
    if let announcement { work.note("\(announcement)the run is in \(folder.url.path)") }
    try folder.keptIfAnythingIsDone {
      try job.perform(
        Run(
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
