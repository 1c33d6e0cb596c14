import Distill
import Runs

/// Performs an experiment in the folder of a new run, or resumes one.
///
/// - Parameters:
///   - command: What the user typed after `distill`, such as "generative fit".
///   - changing: Says of a job that is gone on with where its files are by now.
///   - make: The experiment that a new run performs.
func runJob<Kind: Job>(
  _ command: String,
  _ options: RunOptions,
  _ common: CommonOptions,
  changing: (inout Kind) -> Void = { _ in },
  make: () throws -> Kind
) throws {
  let device = try common.machine.prepare()
  try Console(common.output.verbosity, for: options).listening { work in
    guard let resume = options.resume else {
      let recipe = try JobRecipe(make(), seed: common.seed)
      let folder = try recipe.begin(command, at: options.out, on: device)
      return try recipe.perform(in: folder, on: device, work)
    }
    let folder = try RunFolder.resume(command, at: resume.path)
    let recipe = try JobRecipe(
      resuming: folder,
      among: Catalogue(Kind.self),
      reading: Demo.recipeOfToday
    ) { job in
      guard var own = job as? Kind else { return }
      changing(&own)
      job = own
    }
    try recipe.perform(in: folder, on: device, work)
  }
}
