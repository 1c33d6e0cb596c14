import ArgumentParser
import Foundation
import Runs
import Tensors

/// Looks at the machine the way the other subcommands will.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check what is installed: libtorch, devices, processor, data.",
    discussion: """
      Computes something small on the device, and ends with an error when that does not work.

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
    let diagnosis = try Diagnosis(device: device, data: data)
    Console(output.verbosity).show(diagnosis.text, diagnosis)
  }
}
