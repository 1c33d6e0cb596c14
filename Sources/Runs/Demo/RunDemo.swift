import Distill
import Foundation

/// Trains the ensemble and the students, and prints the table.
package func runDemo(
  _ options: DemoOptions,
  on device: Device,
  _ work: Work
) throws {
  guard let resume = options.resume else {
    let images = try DemoImages(in: options.data)
    let recipe = Recipe(
      command: "demo",
      arguments: options.arguments,
      seed: options.seed,
      options: options,
      data: images.files,
      machine: .current(device: device)
    )
    let folder = try RunFolder.create(for: "demo", at: options.out, recipe: recipe.yaml())
    return try perform(options, images, in: folder, on: device, work)
  }
  // Images may have been moved since; a path that is given is meant from here.
  let moved =
    options.data == DemoOptions().data ? nil : URL(fileURLWithPath: options.data).absoluteURL.path
  let folder = try RunFolder.resume("demo", at: resume.path)
  if try folder.isFinished(work, "read \(folder.file(RunFolder.report).path)") { return }
  let recipe = try Recipe<DemoOptions>(yaml: folder.unchangedRecipe())
  let place = moved ?? recipe.options.data
  let images = try DemoImages(in: place)
  guard recipe.data == images.files else {
    throw RunError(
      "the images in '\(place)' are not those the run in '\(folder.url.path)' was started with: name "
        + "the folder they are in with --data"
    )
  }
  try perform(recipe.options, images, in: folder, on: device, work)
}

/// The images of a demo, with the hashes of their files.
private struct DemoImages {
  let files: [DataFile]
  let training: LabelledImages
  let test: LabelledImages

  init(in path: String) throws {
    let folder = URL(fileURLWithPath: path)
    files = try fashionMNISTFiles(in: folder).map { try DataFile($0) }
    training = try LabelledImages.fashionMNIST(in: folder, .training)
    test = try LabelledImages.fashionMNIST(in: folder, .test)
  }
}

private func perform(
  _ options: DemoOptions,
  _ images: DemoImages,
  in folder: RunFolder,
  on device: Device,
  _ work: Work
) throws {
  work.open(folder.url)
  let limited = images.training.prefix(options.limit ?? images.training.count)
  func examples(_ images: LabelledImages) -> Examples {
    Examples(images.images.moved(to: device), labels: images.labels.moved(to: device))
  }
  let plan = DemoPlan(options, images: limited.count)
  work.note(
    """
    distilling an ensemble of \(plan.members) networks 784-500-300-10 into one 784-50-30-10, on \
    \(grouped(limited.count)) images of clothes (Fashion-MNIST); the run is in \(folder.url.path)
    """
  )
  try DemoRun(
    run: Run(
      folder: folder,
      seed: options.seed,
      device: device,
      work: work
    ),
    plan: plan,
    training: examples(limited),
    test: examples(images.test)
  ).perform()
}
