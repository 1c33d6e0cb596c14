import ArgumentParser
import Distill
import Runs

/// Partition functions.
struct GenerativeLogZCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logz",
    abstract: "Estimate the partition function of an RBM, with intervals.",
    discussion: """
      With a student: importance, reciprocal importance and bridge sampling. Without: annealed \
      importance sampling (AIS) from both ends. Machines of few units are summed up exactly. An \
      interval that should not be trusted is said to be so.

      Example:
        distill generative logz rbm.npz --student student.safetensors
      """
  )

  @ArgumentParser.Argument(help: "The RBM.", completion: .file())
  var rbm: String

  @Option(help: "A student distilled from it.", completion: .file())
  var student: String?

  @Option(
    parsing: .upToNextOption,
    help: """
      Some of enumeration, importance, reciprocal, bridge, ais, reverse-ais. (default: all that are \
      possible)
      """
  )
  var methods: [PartitionMethod] = []

  @Option(help: "Images whose rates annealing begins at. (default: samples of the RBM)")
  var data: String?

  @OptionGroup var partition: PartitionOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    _ = try partition.plan(methods)
    let given = GivenOptions.current
    let isOpen = methods.isEmpty
    let anneals = isOpen || methods.contains(.ais) || methods.contains(.reverseAis)
    let compares = isOpen || methods.contains(where: \.needsStudent)
    let chosen = "with these --methods"
    try given.refuse(PartitionOptions.annealing + ["--data"], where: !anneals, chosen)
    try given.refuse(["--student"], where: !anneals && !compares, chosen)
    try given.refuse(["--samples"], where: !compares, chosen)
    try given.refuse(
      PartitionOptions.sampling + ["--jump-every"],
      where: student == nil,
      "without --student"
    )
    try given.refuse(PartitionOptions.all + ["--seed"], where: !anneals && !compares, chosen)
  }

  func run() throws {
    _ = try common.machine.prepare()
    let console = Console(common.output.verbosity)
    let machine = try ModelFile.rbm(at: rbm)
    let proposal = try student.map { try ModelFile.student(at: $0, of: machine) }
    let images = try data.map {
      try binaryImages(at: $0, usual: ["train"], width: machine.inputs)
    }
    try console.listening { work in
      let results = try PartitionResults(
        of: machine,
        proposal,
        partition.plan(methods),
        images: images,
        seed: common.seed,
        work
      )
      console.show(results.text, Answer(results: results, agree: results.agree))
    }
  }

  private struct Answer: Codable {
    var event = "result"
    let results: PartitionResults
    let agree: Bool
  }
}
