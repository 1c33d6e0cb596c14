import ArgumentParser
import Runs

/// A student from an RBM.
struct GenerativeFitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Distil an RBM into a student that gives exact probabilities and samples.",
    discussion: """
      The RBM is a NumPy archive or a safetensors file with weights [visible, hidden], visible_bias \
      and hidden_bias, or scikit-learn's components_, intercept_visible_ and intercept_hidden_. The \
      student learns from fresh samples of Gibbs chains. The run's folder gets student.safetensors, \
      certificate.json and report.html.

      Example:
        distill generative fit runs/rbm/rbm.npz --out runs/nade

      Ctrl-C keeps what is done; resume with:
        distill generative fit --resume runs/nade
      """
  )

  @Argument(help: "The RBM.", completion: .file())
  var rbm: String?

  @Option(help: "Binary images to measure log-probabilities on. (default: none)")
  var test: String?

  @OptionGroup(title: "Distillation") var distillation: DistillationOptions

  @OptionGroup(title: "Partition function") var partition: PartitionOptions

  @OptionGroup var place: RunOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if try place.isResuming(insteadOf: rbm, "the RBM", "Name the file of the RBM.") { return }
    _ = try distillation.plan()
    _ = try partition.plan([])
    try GivenOptions.current.refuse(
      PartitionPlan.annealing,
      where: true,
      "here, because the student gives log Z"
    )
  }

  func run() throws {
    try place.perform("generative fit", common) {
      GenerativeFit(
        teacher: rbm!,
        test: test ?? "",
        distillation: try distillation.plan(),
        partition: try partition.plan(GenerativeFit().partition.methods)
      )
    }
  }
}
