import ArgumentParser
import Foundation
import Runs
import Tensors

/// Looks at the machine the way the other subcommands will.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract:
      "Check what is installed, and what pays here: libtorch, devices, threads, data, disk.",
    discussion: """
      Computes something small on the device, and ends with an error when that does not work. Without \
      --threads a small network is trained for some seconds with several numbers of them.

      Example:
        distill doctor --device cpu
      """
  )

  @Option(help: "A folder that must hold Fashion-MNIST. (default: .data/fashion-mnist, if there)")
  var data: String?

  @OptionGroup var machine: MachineOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    let device = try machine.prepare()
    try Diagnosis.checkArithmetic(on: device)
    var diagnosis = try Diagnosis(device: device, data: data)
    if machine.threads == nil { try diagnosis.measureThreads() }
    output.console.show(diagnosis.text, diagnosis)
  }
}
