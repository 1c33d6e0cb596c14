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
    for idle in try partition.plan(methods).idleOptions(hasStudent: student != nil) {
      try GivenOptions.current.refuse(idle.options, where: idle.isIdle, idle.condition)
    }
  }

  func run() throws {
    _ = try common.machine.prepare()
    let results = try common.output.console.listening {
      try PartitionResults(
        rbm: rbm,
        student: student,
        partition.plan(methods),
        images: data,
        seed: common.seed,
        $0
      )
    }
    common.output.console.show(
      results.text,
      event: "result",
      ["results": results, "agree": results.agree]
    )
  }
}
