import Distill
import Foundation

/// Trains the ensemble and the students, and prints the table.
func runDemo(
  _ options: DemoOptions,
  on device: Device,
  _ console: Console,
  _ interruption: Interruption
) throws {
  let data = URL(fileURLWithPath: options.data)
  let files = try fashionMNISTFiles(in: data).map { try DataFile($0) }
  let training = try LabelledImages.fashionMNIST(in: data, .training)
  let test = try LabelledImages.fashionMNIST(in: data, .test)
  let (folder, options) = try openFolder(options, files, device)
  if try folder.isFinished() {
    throw CommandError(
      "the run in '\(folder.url.path)' is finished: read \(folder.file(RunFolder.report).path)"
    )
  }
  let limited = training.prefix(options.limit ?? training.count)
  func examples(_ images: LabelledImages) -> Examples {
    Examples(images.images.moved(to: device), labels: images.labels.moved(to: device))
  }
  let plan = DemoPlan(options, images: limited.count)
  console.say(
    """
    distilling an ensemble of \(plan.members) networks 784-500-300-10 into one 784-50-30-10, on \
    \(grouped(limited.count)) images of clothes (Fashion-MNIST); the run is in \(folder.url.path)
    """
  )
  try DemoRun(
    run: ExperimentRun(
      folder: folder,
      seed: options.seed,
      device: device,
      console: console,
      interruption: interruption
    ),
    plan: plan,
    training: examples(limited),
    test: examples(test)
  ).perform()
}

/// The folder of a new run with its recipe, or of the one to go on with and the options it had.
private func openFolder(
  _ options: DemoOptions,
  _ files: [DataFile],
  _ device: Device
) throws -> (RunFolder, DemoOptions) {
  guard let resume = options.resume else {
    let folder = try RunFolder.create(for: "demo", at: options.out)
    let recipe = Recipe(
      command: "demo",
      arguments: options.arguments,
      seed: options.seed,
      options: options,
      data: files,
      machine: .current(device: device)
    )
    try folder.begin(recipe: recipe.yaml())
    return (folder, options)
  }
  let folder = try RunFolder.resume("demo", at: resume.path)
  let recipe = try Recipe<DemoOptions>(yaml: folder.unchangedRecipe())
  guard recipe.data == files else {
    throw CommandError(
      "the images in '\(options.data)' are not those the run in '\(folder.url.path)' was started "
        + "with: name the folder they are in with --data"
    )
  }
  return (folder, recipe.options)
}
