import ArgumentParser
import Exchange
import Runs

/// An RBM from images.
struct GenerativeTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train an RBM on binary images.",
    discussion: """
      Images are an IDX file, or an array of a NumPy file, named after a colon in an archive: \
      digits.npz:train. Grey pixels are cut at one half. Persistent contrastive divergence, with a \
      learning rate that falls to zero.

      Example: on an array of a NumPy archive:
        distill generative train digits.npz:train --hidden 100 --out runs/rbm

      Ctrl-C keeps what is done; resume with:
        distill generative train --resume runs/rbm
      """
  )

  @Argument(help: "The images.", completion: .file())
  var images: String?

  @Option(help: "Train on the first N images only. (default: all)")
  var limit: Int?

  @Option(help: "The smallest number of a pixel that is 1. (default: 0.5, of bytes 128)")
  var threshold: Double?

  @Option(help: "Hidden units.")
  var hidden = RBMPlan().hidden

  @Option(help: "Passes over the images.")
  var epochs = RBMPlan().epochs

  @Option(help: "Images in each update.")
  var batch = RBMPlan().batch

  @Option(help: "Gibbs steps for each update.")
  var gibbsSteps = RBMPlan().gibbsSteps

  @Option(help: "Chains that go on from update to update; 0 to begin at the images each time.")
  var persistentChains = RBMPlan().persistentChains

  @Option(help: "The learning rate of the first update.")
  var learningRate = RBMPlan().learningRate

  @Option(help: "Part of the last update that is made again.")
  var momentum = RBMPlan().momentum

  @Option(help: "Pulls weights to zero.")
  var weightDecay = RBMPlan().weightDecay

  @OptionGroup var place: RunOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    let request = "Name the file of the images."
    if try place.isResuming(insteadOf: images, "the images", request) { return }
    try requireOption("limit", limit, atMost: mostSteps)
    try withUsage { try training.check(naming: optionName) }
  }

  private var training: GenerativeTraining {
    GenerativeTraining(
      images: images ?? "",
      limit: limit ?? 0,
      threshold: threshold,
      rbm: RBMPlan(
        hidden: hidden,
        epochs: epochs,
        batch: batch,
        gibbsSteps: gibbsSteps,
        persistentChains: persistentChains,
        learningRate: learningRate,
        momentum: momentum,
        weightDecay: weightDecay
      )
    )
  }

  func run() throws { try place.perform("generative train", common) { training } }
}
