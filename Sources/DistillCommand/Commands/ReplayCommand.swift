import ArgumentParser
import Experiments
import Runs

/// Whether a certificate's numbers stand.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Do all of a certificate's work again, and say whether its numbers stand.",
    discussion: """
      Checks the hashes of data and teacher, trains every network again from nothing, and compares. \
      By the same program on the same machine with the same threads every number must be the same, \
      bit for bit; elsewhere within what is stated. The exit code is 0 only when all stand. Times \
      and memory are not compared.

      Example:
        distill replay runs/small/certificate.json
      """
  )

  @Argument(help: "A certificate.json, or the folder it is in.")
  var certificate: String

  @Option(
    help: "Keep networks on the way here, in a folder replay. (default: beside the certificate)"
  )
  var out: String?

  @OptionGroup var machine: MachineOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    // As many threads as the certificate was made with.
    let recorded = try machine.threads ?? CertificateFile.header(certificate).threads
    let device = try machine.prepare(usually: recorded)
    let result = try output.console.listening {
      try replay(certificate, out: out, on: device, among: experiments, $0)
    }
    if !result.stands { throw ExitCode.failure }
  }
}
