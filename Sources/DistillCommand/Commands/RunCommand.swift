import ArgumentParser
import Distill
import Experiments
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
    _ = try place.isResuming(insteadOf: recipe, "the recipe", "Name a recipe file.")
  }

  func run() throws {
    let device = try machine.prepare()
    try place.working(output) {
      try performRecipe(
        recipe,
        settings: settings,
        seed: seed,
        at: place.out,
        resuming: place.resume,
        among: experiments,
        on: device,
        $0,
        reading: recipeOfToday
      )
    }
  }
}
