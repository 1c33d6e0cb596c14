import ArgumentParser
import Exchange
import Runs

/// The main job, on real images.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Distill an ensemble of image classifiers into one small network.",
    discussion: """
      Trains ensembles on Fashion-MNIST and students of one size, in two parts. First 600 images \
      have labels: a student of the ensemble on all images is compared with one on the labels. Then \
      all have: students on the labels, on what the ensemble says, and on that together with its \
      derivatives. Prints how well each mimics its ensemble, and writes the students, a recipe and a \
      report into a folder.

      Example: on a tenth of the images, with a run folder of its own:
        distill demo --limit 6000 --out runs/small

      Ctrl-C keeps what is finished; resume with:
        distill demo --resume runs/small
      """
  )

  @Option(help: "The folder with the four IDX files of Fashion-MNIST, plain or .gz.")
  var data = ".data/fashion-mnist"

  @Option(help: "Networks in the ensemble.")
  var members = 5

  @Option(
    help: "Passes over the images for each member; students make twice as many. (default: 10)"
  )
  var epochs: Int?

  @Option(help: "Train on the first N images only. (default: all 60,000)")
  var limit: Int?

  @OptionGroup var place: RunOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    try requireOption("members", members, atMost: 1_000)
    try requireOption("epochs", epochs)
    try requireOption("limit", limit, atMost: mostSteps)
    _ = try place.isResuming(allowing: ["--data"])
  }

  func run() throws {
    let options = DemoOptions(
      data: data,
      members: members,
      epochs: epochs,
      limit: limit,
      seed: common.seed,
      threads: common.machine.threads,
      device: common.machine.device,
      out: place.out,
      resume: place.resume
    )
    let device = try common.machine.prepare()
    try Console(common.output.verbosity, recordsCurves: place.curves).listening {
      try runDemo(options, on: device, $0)
    }
  }
}
