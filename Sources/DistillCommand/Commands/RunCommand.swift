import ArgumentParser
import Distill
import Experiments
import Foundation
import Runs

/// A job that a recipe file describes.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Do what a recipe file describes: an experiment, or a run of another subcommand.",
    discussion: """
      The recipes of published results are in the folder Recipes; each says at its top what it shows and how long it \
      takes. The run's folder gets the tables, the figures (report.html), and a recipe with every \
      option, which repeats the run.

      Example: with fewer images than the recipe has, into a folder of its own:
        distill run Recipes/compression.yaml --set images=[600] --out runs/scarce

      Ctrl-C keeps what is finished; resume with:
        distill run --resume runs/scarce
      """
  )

  @ArgumentParser.Argument(help: "The recipe file.")
  var recipe: String?

  @Option(
    name: .customLong("set"),
    parsing: .singleValue,
    help: "Another value for an option of the recipe: KEY=VALUE."
  )
  var settings: [String] = []

  @Option(help: "Where all random numbers start from. (default: what the recipe says)")
  var seed: UInt64?

  @OptionGroup var machine: MachineOptions

  @OptionGroup var place: RunOptions

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (recipe == nil) == (place.resume != nil) else {
      throw ValidationError(
        recipe == nil
          ? "Name a recipe file."
          : "--resume does what the recipe says: leave out the recipe."
      )
    }
    _ = try place.isResuming()
  }

  func run() throws {
    let device = try machine.prepare()
    try Console(output.verbosity, for: place).listening { work in
      guard let resume = place.resume else {
        let file = URL(fileURLWithPath: recipe!)
        let text = try RegularFile.text(file)
        let folder = file.deletingLastPathComponent().path
        guard
          try !repeatCompress(text, in: folder, settings, seed, at: place.out, on: device, work)
        else { return }
        var recipe = try JobRecipe(
          yaml: recipeOfToday(text),
          settings: settings,
          among: experiments
        )
        if let seed { recipe.seed = seed }
        return try recipe.start(
          "run",
          at: place.out,
          on: device,
          work,
          saying: announcement(recipe)
        )
      }
      let folder = try RunFolder.resume("run", at: resume.path)
      let recipe = try JobRecipe(resuming: folder, among: experiments)
      try recipe.perform(in: folder, on: device, work, saying: announcement(recipe))
    }
  }

  private func announcement(_ recipe: JobRecipe) -> String { "\(type(of: recipe.job).name): " }
}
