import ArgumentParser
import Distill
import Experiments
import Foundation
import Runs

/// An experiment that a recipe file describes.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Repeat an experiment that a recipe file describes.",
    discussion: """
      The recipes are in the folder Recipes; each says at its top what it shows and how long it \
      takes. The run's folder gets the tables, the figures (report.html), and a recipe with every \
      option, which repeats the run.

      Example: with fewer images than the recipe has, into a folder of its own:
        distill run Recipes/compression.yaml --set images=[600] --out runs/scarce

      Ctrl-C keeps what is finished; go on with:
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

  @Option(help: "The run's folder. (default: runs/run-<date>-<id>)")
  var out: String?

  @Option(
    defaultAsFlag: .latest,
    help: "Go on with a run: the one in this folder, or the last unfinished one."
  )
  var resume: ResumedRun?

  @Option(help: "Where all random numbers start from. (default: what the recipe says)")
  var seed: UInt64?

  @OptionGroup var machine: MachineOptions

  @OptionGroup var curves: CurveOptions

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if resume == nil, recipe == nil { throw ValidationError("Name a recipe file.") }
    guard resume != nil else { return }
    if recipe != nil {
      throw ValidationError("--resume goes on with what its recipe says: leave out the recipe.")
    }
    try GivenOptions.current.requireResumable()
  }

  func run() throws {
    let device = try machine.prepare()
    try Console(output.verbosity, recordsCurves: curves.curves).listening { work in
      let (folder, recipe) = try resume.map(resumed) ?? start(on: device)
      try recipe.perform(
        in: folder,
        on: device,
        work,
        saying: "\(type(of: recipe.experiment).name): the run is in \(folder.url.path)"
      )
    }
  }

  private func start(on device: Device) throws -> (RunFolder, ExperimentRecipe) {
    let text = try recipeOfToday(RegularFile.text(URL(fileURLWithPath: recipe!)))
    var recipe = try ExperimentRecipe(yaml: text, settings: settings, among: experiments)
    if let seed { recipe.seed = seed }
    return (try recipe.begin("run", at: out, on: device), recipe)
  }

  private func resumed(_ resume: ResumedRun) throws -> (RunFolder, ExperimentRecipe) {
    let folder = try RunFolder.resume("run", at: resume.path)
    return (folder, try ExperimentRecipe(resuming: folder, among: experiments))
  }
}
