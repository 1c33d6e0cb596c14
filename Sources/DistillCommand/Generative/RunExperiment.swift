import Distill
import Foundation

/// Performs an experiment in the folder of a new run, or goes on with one.
///
/// - Parameters:
///   - command: What the user typed after `distill`, such as "generative fit".
///   - make: The experiment that a new run performs.
func runExperiment<Kind: Experiment>(
  _ command: String,
  _ options: RunOptions,
  _ common: CommonOptions,
  make: () throws -> Kind
) throws {
  let device = try common.machine.prepare()
  let console = Console(common.output.verbosity)
  try Interruption.listening { interruption in
    let (folder, recipe) =
      if let resume = options.resume {
        try resumed(Kind.self, RunFolder.resume(command, at: resume.path))
      } else {
        try start(command, ExperimentRecipe(make(), seed: common.seed), options.out, device)
      }
    try recipe.perform(in: folder, on: device, console, interruption)
  }
}

private func start(
  _ command: String,
  _ recipe: ExperimentRecipe,
  _ path: String?,
  _ device: Device
) throws -> (RunFolder, ExperimentRecipe) {
  try recipe.experiment.check()
  let data = try recipe.experiment.dataFiles().map { try DataFile($0) }
  let origin = RecipeOrigin(data: data, machine: .current(device: device))
  return (try RunFolder.create(for: command, at: path, recipe: recipe.yaml(origin)), recipe)
}

private func resumed(
  _ kind: any Experiment.Type,
  _ folder: RunFolder
) throws -> (RunFolder, ExperimentRecipe) {
  let text = try folder.unchangedRecipe()
  let recipe = try ExperimentRecipe(yaml: text, among: [kind])
  let data = try recipe.experiment.dataFiles().map { try DataFile($0) }
  guard try RecipeOrigin(yaml: text).data == data else {
    throw CommandError(
      "the data files are not those the run in '\(folder.url.path)' was started with: start a new "
        + "run without --resume"
    )
  }
  return (folder, recipe)
}

extension ExperimentRecipe {
  /// A recipe of an experiment that is known already.
  init(_ experiment: any Experiment, seed: UInt64) {
    (self.experiment, self.seed) = (experiment, seed)
  }
}
