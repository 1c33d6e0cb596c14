import ArgumentParser
import Compression
import Experiments
import Runs

/// What a student is worth, with proof.
struct CertifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "certify",
    abstract: "Say in one word whether a distilled student is better than one trained on labels.",
    discussion: """
      Trains the run's student and its control, the same network on the labels with the same budget, \
      with several seeds, the run's own among them: the run's networks must come out bit for bit, \
      with as many threads as the run had; measures them on clean and on shifted test inputs; and writes \
      certificate.json and certificate.html into the run's folder. The word is BETTER, SAME, WORSE \
      or UNDECIDED, with the rule that gave it.

      Of distill predictive and generative fit the run is done again: the student must come out bit for \
      bit, and the certificate says how far it is from its draws, or its RBM.

      Example:
        distill demo --limit 6000 --out runs/small
        distill certify runs/small --seeds 5

      Ctrl-C keeps the networks that are finished; the same command goes on.
      """
  )

  @Argument(
    help: .init(
      "A finished run of distill demo, compress, predictive, generative fit or Recipes/graphs.yaml: its folder.",
      valueName: "run"
    )
  )
  var folder: String

  @Option(help: "Networks of each kind, from the run's own seed on.")
  var seeds = 5

  @Option(help: "Where the certificate goes. (default: the run's folder)")
  var out: String?

  @Option(help: "Refuse to start unless the teacher reaches this accuracy on the test examples.")
  var teacherAccuracy: String?

  @Option(help: "The difference in accuracy that would not matter.")
  var accuracyMargin = 0.005

  @Option(help: "The difference in log-probability, in nats, that would not matter.")
  var logProbabilityMargin = 0.01

  @Option(
    help: "End with exit code 1 unless the word is BETTER, or with SAME at least that. (for CI)"
  )
  var require: RequiredWord?

  @Option(
    help: """
      Train this part of the networks only, such as 2/8: who finishes last in a shared folder writes the \
      certificate. (default: the rank that torchrun, SLURM, MPI or Kubernetes says, else all)
      """
  )
  var shard: Shard?

  @OptionGroup var machine: MachineOptions

  @OptionGroup var output: OutputOptions

  func validate() throws { try withUsage { try options.check(naming: optionName) } }

  private var options: CertifyOptions {
    CertifyOptions(
      run: folder,
      seeds: seeds,
      out: out,
      teacherAccuracy: teacherAccuracy,
      accuracyMargin: accuracyMargin,
      logProbabilityMargin: logProbabilityMargin,
      required: require,
      shard: shard
    )
  }

  func run() throws {
    let device = try machine.prepare(usually: recordedThreads(folder))
    var options = options
    options.shard = try shard ?? Ranks()?.shard
    try output.console.listening {
      try certify(options, on: device, among: experiments, reading: recipeOfToday, $0)
    }
  }
}

extension RequiredWord: ExpressibleByArgument {
  package init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}
