import Distill
import Runs

extension RunOptions {
  /// Performs a job in the folder of a new run, or resumes one.
  ///
  /// - Parameters:
  ///   - command: What the user typed after `distill`, such as "generative fit".
  ///   - changing: Says of a job that is gone on with where its files are by now.
  ///   - make: The job that a new run performs.
  func perform<Kind: Job>(
    _ command: String,
    _ common: CommonOptions,
    changing: (inout any Job) -> Void = { _ in },
    make: () throws -> Kind
  ) throws {
    let device = try common.machine.prepare()
    try working(common.output) { work in
      guard let resume else {
        return try JobRecipe(make(), seed: common.seed)
          .start(command, at: out, on: device, work)
      }
      try JobRecipe.resume(
        command,
        at: resume.path,
        among: Catalogue(Kind.self),
        on: device,
        work,
        reading: Demo.recipeOfToday,
        changing: changing
      )
    }
  }
}
