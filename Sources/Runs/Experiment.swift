import Distill
import Foundation

/// Work that a recipe file describes, for `distill run Recipes/NAME.yaml`.
///
/// The stored properties are the options. A recipe names the experiment and gives the options that
/// differ from those of ``init()``:
///
/// ```yaml
/// experiment: compression
/// seed: 1
/// images: [600, 6000]
/// ```
package protocol Experiment: Codable, Equatable {
  /// What a recipe's line `experiment:` says.
  static var name: String { get }

  /// The experiment with the default of every option.
  init()

  /// Refuses options that cannot be, before any file is read.
  ///
  /// - Throws: `RunError` in one sentence. The default refuses nothing.
  func check() throws

  /// The files it reads, whose hashes go into the recipe of the run.
  ///
  /// - Throws: One sentence when one is not there, that says how to get it.
  func dataFiles() throws -> [URL]

  /// Does the work that is not done yet in the run's folder, prints its tables, and writes its report.
  ///
  /// - Throws: `Stopped` when it was asked to stop; all that was finished is kept.
  func perform(_ run: ExperimentRun) throws
}

extension Experiment {
  package func check() throws {}
}
