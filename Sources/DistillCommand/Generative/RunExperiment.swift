import Exchange
import Runs

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
  try Console(common.output.verbosity, recordsCurves: options.curves.curves).listening { work in
    guard let resume = options.resume else {
      let recipe = try ExperimentRecipe(make(), seed: common.seed)
      let folder = try recipe.begin(command, at: options.out, on: device)
      return try recipe.perform(in: folder, on: device, work)
    }
    let folder = try RunFolder.resume(command, at: resume.path)
    let recipe = try ExperimentRecipe(resuming: folder, among: [Kind.self])
    try recipe.perform(in: folder, on: device, work)
  }
}
