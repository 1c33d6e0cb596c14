import ArgumentParser
import Runs

/// The third application, from scratch.
struct GenerativeDemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract:
      "Train an RBM, distil it into a NADE, and find log Z in three ways that should agree.",
    discussion: """
      The images are Fashion-MNIST, which `make data` fetches, cut at one half. Takes a few minutes.

      Example: a small machine, in less than a minute:
        distill generative demo --hidden 50 --steps 2000 --out runs/small-rbm

      Ctrl-C keeps what is finished; resume with:
        distill generative demo --resume runs/small-rbm
      """
  )

  @Option(help: "The folder with the IDX files of Fashion-MNIST, plain or .gz.")
  var data = GenerativeDemo().data

  @Option(help: "Hidden units of the RBM; the NADE has twice as many.")
  var hidden = GenerativeDemo().hidden

  @Option(help: "Passes of the RBM over the images.")
  var epochs = GenerativeDemo().epochs

  @Option(help: "Steps of distillation.")
  var steps = GenerativeDemo().steps

  @OptionGroup var place: RunOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    _ = try place.isResuming()
    try withUsage { try experiment.check() }
  }

  private var experiment: GenerativeDemo {
    GenerativeDemo(data: data, hidden: hidden, epochs: epochs, steps: steps)
  }

  func run() throws {
    try place.perform("generative demo", common) { experiment }
  }
}
