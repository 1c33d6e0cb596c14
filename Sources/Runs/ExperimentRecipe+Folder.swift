import Distill
import Foundation

extension ExperimentRecipe {
  /// A recipe of an experiment that is known already.
  package init(_ experiment: any Experiment, seed: UInt64) {
    (self.experiment, self.seed) = (experiment, seed)
  }

  /// Makes the folder of a new run with this recipe.
  ///
  /// - Parameter prepare: Done before there is a folder.
  /// - Throws: `RunError` when the experiment cannot be done, its data are not there, or something is
  ///   at `path` already.
  package func begin(
    _ command: String,
    at path: String?,
    on device: Device,
    preparing prepare: () throws -> Void = {}
  ) throws -> RunFolder {
    try experiment.check()
    let data = try experiment.dataFiles().map { try DataFile($0) }
    try prepare()
    let origin = RecipeOrigin(data: data, machine: .current(device: device))
    return try RunFolder.create(for: command, at: path, recipe: yaml(origin))
  }

  /// The recipe of a run to go on with.
  ///
  /// - Parameter reading: Makes one of today of a recipe that an earlier version wrote.
  /// - Throws: `RunError` when the recipe or the data are not those that the run was started with.
  package init(
    resuming folder: RunFolder,
    among known: [any Experiment.Type],
    reading: (String) throws -> String = { $0 }
  ) throws {
    let text = try reading(folder.unchangedRecipe())
    try self.init(yaml: text, among: known)
    let data = try experiment.dataFiles().map { try DataFile($0) }
    guard try RecipeOrigin(yaml: text).data == data else {
      throw RunError(
        "the data files are not those the run in '\(folder.url.path)' was started with: start a new "
          + "run without --resume"
      )
    }
  }
}
