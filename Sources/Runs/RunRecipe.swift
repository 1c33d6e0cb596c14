import Distill
import Foundation

/// Does what a recipe's file says in the folder of a new run, as `distill run` does: a job with its
/// options, or a compression that was recorded with every choice made.
///
/// - Parameters:
///   - settings: `key=value`, each in place of what the recipe says.
///   - seed: Where all random numbers start from. The default is what the recipe says.
///   - path: Of the run's folder. The default is a new one under `runs`.
///   - known: The jobs that the recipe may name.
///   - work: What is told how far it is, and whether it goes on.
///   - read: Makes a recipe of today of one that an earlier version wrote. The default changes nothing.
/// - Throws: `RunError` in one sentence for what is no recipe, or cannot be done; `Stopped` when work
///   was cancelled: what is done is kept.
public func runRecipe(
  _ file: URL,
  settings: [String] = [],
  seed: UInt64? = nil,
  at path: String? = nil,
  among known: Catalogue<any Job.Type> = JobRecipe.known,
  on device: Device = .cpu,
  _ work: Work = .silent,
  reading read: (String) throws -> String = { $0 }
) throws {
  let text = try RegularFile.text(file)
  let place = file.deletingLastPathComponent().path
  if try repeatCompress(text, in: place, settings, seed, at: path, on: device, work) { return }
  var recipe = try JobRecipe(yaml: read(text), settings: settings, among: known)
  if let seed { recipe.seed = seed }
  try recipe.start("run", at: path, on: device, work, isNamed: true)
}

/// Does what a recipe's file says, or goes on with a run of `distill run`.
///
/// - Parameter resumed: The run to go on with; nil for none.
package func performRecipe(
  _ file: String?,
  settings: [String],
  seed: UInt64?,
  at path: String?,
  resuming resumed: ResumedRun?,
  among known: Catalogue<any Job.Type>,
  on device: Device,
  _ work: Work,
  reading read: (String) throws -> String
) throws {
  if let resumed {
    return try JobRecipe.resume(
      "run",
      at: resumed.path,
      among: known,
      on: device,
      work,
      isNamed: true
    )
  }
  guard let file else { throw RunError("there is no recipe: name its file, or a run to resume") }
  try runRecipe(
    URL(fileURLWithPath: file),
    settings: settings,
    seed: seed,
    at: path,
    among: known,
    on: device,
    work,
    reading: read
  )
}
