import Distill
import Foundation

extension PredictivePlan: Experiment {
  package static let name = "predictive"

  /// The files of draws and data; a pipe has no hash.
  package func dataFiles() throws -> [URL] {
    try (draws.files + [data.table, data.heldOut].compactMap { $0 })
      .filter { path in
        var facts = stat()
        guard path != "-" else { return false }
        guard stat(path, &facts) == 0 else {
          throw RunError("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        return facts.st_mode & S_IFMT == S_IFREG
      }
      .map { URL(fileURLWithPath: $0) }
  }

  package func perform(_ run: ExperimentRun) throws {
    let prepared = try PredictivePreparation(self, seed: run.seed, run.work)
    try PredictiveRun(self, prepared, seed: run.seed, run.folder, run.work).perform()
  }
}

/// Performs a new run.
///
/// - Parameter path: The run's folder; the default is a new one under `runs`.
/// - Throws: One sentence where something cannot be understood, before there is a folder.
package func runPredictive(
  _ plan: PredictivePlan,
  seed: UInt64,
  at path: String? = nil,
  on device: Device,
  _ work: Work
) throws {
  var prepared: PredictivePreparation?
  let folder = try ExperimentRecipe(plan, seed: seed).begin("predictive", at: path, on: device) {
    prepared = try PredictivePreparation(plan, seed: seed, work)
  }
  work.open(folder.url)
  work.note("the run is in \(folder.url.path)")
  try folder.keptIfAnythingIsDone {
    try PredictiveRun(plan, prepared!, seed: seed, folder, work).perform()
  }
}
