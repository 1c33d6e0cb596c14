import ArgumentParser
import Foundation

/// The `distill` program.
@main
struct Program: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "distill",
    abstract: "Teaches a small network to do what a large one does, and measures how well it does.",
    discussion: """
      Example: distill an ensemble into a network 66 times smaller, on real images:
        distill demo --limit 6000
      """,
    version: programVersion,
    subcommands: [
      DemoCommand.self, CompressCommand.self, CertifyCommand.self, ReplayCommand.self,
      PredictiveCommand.self, PredictCommand.self, GenerativeCommand.self, RunCommand.self,
      InspectCommand.self, DoctorCommand.self,
    ]
  )

  /// Runs the command line; every error that a command throws is one sentence on standard error.
  static func main() {
    // A reader that went away is noticed when writing to it.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      let code = exitCode(for: error)
      // Help, versions and wrong options have their own texts; a bare code was explained before.
      guard code == .failure, !(error is ExitCode) else { exit(withError: error) }
      Output.standardError.write("distill: \(sentence(for: error))\n")
      exit(error is Stopped ? Interruption.exitCode : code.rawValue)
    }
  }

  private static func exit(_ code: Int32) -> Never { Foundation.exit(code) }
}
