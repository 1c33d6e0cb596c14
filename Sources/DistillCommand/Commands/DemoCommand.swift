import ArgumentParser
import Foundation
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

  @Option(
    help: """
      The folder with the four IDX files of Fashion-MNIST, plain or .gz. (default: .data/fashion-mnist)
      """
  )
  var data: String?

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
    try withUsage { try demo.check(naming: optionName) }
    _ = try place.isResuming(allowing: ["--data"])
  }

  var demo: Demo { Demo(data: data, members: members, epochs: epochs, limit: limit) }

  func run() throws {
    try place.perform("demo", common) { job in
      guard let data, var own = job as? Demo else { return }
      // A path that is given is meant from here.
      own.data = URL(fileURLWithPath: data).absoluteURL.path
      job = own
    } make: {
      demo
    }
  }
}
