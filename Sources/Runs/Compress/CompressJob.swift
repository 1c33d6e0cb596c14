import Distill
import Foundation

/// A job whose run is one of a subcommand of its own, in the folder that this makes.
package protocol SubcommandJob: Job {
  /// Begins a run and performs it.
  ///
  /// - Parameter path: Of a folder that is empty or not there; nil for a new one under `runs`.
  func start(seed: UInt64, at path: String?, on device: Device, _ work: Work) throws

  /// Goes on with a run.
  func resume(seed: UInt64, in folder: URL, on device: Device, _ work: Work) throws
}

extension CompressOptions: SubcommandJob {
  public static let name = "compress"

  public func check() throws {
    for (name, isGiven) in [("out", out != nil), ("resume", resume != nil)] where isGiven {
      throw RunError("\(name) is no part of a recipe: say --\(name) to the program")
    }
    try check(naming: { $0 })
  }

  /// - Throws: One sentence: the folder's recipe is the plan in which every choice is made.
  public func perform(_ run: Run) throws {
    throw RunError("a compression makes its own folder: run its recipe, or its options")
  }

  package func start(seed: UInt64, at path: String?, on device: Device, _ work: Work) throws {
    var options = self
    (options.seed, options.out) = (seed, path)
    options.choosesThreads = trainingThreads == nil
    try runCompress(options, on: device, work)
  }

  package func resume(seed: UInt64, in folder: URL, on device: Device, _ work: Work) throws {
    var options = self
    (options.seed, options.resume) = (seed, .folder(folder.path))
    options.choosesThreads = trainingThreads == nil
    try runCompress(options, on: device, work)
  }
}
