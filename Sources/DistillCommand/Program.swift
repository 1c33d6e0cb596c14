import ArgumentParser
import Compression
import Exchange
import Foundation
import Runs

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
      LossesCommand.self, ArchitecturesCommand.self, InspectCommand.self, DoctorCommand.self,
      ExportCommand.self, EvaluateCommand.self, InitCommand.self, ObserveCommand.self,
      CascadeCommand.self, RunsCommand.self, CompareCommand.self, WatchCommand.self,
      CataloguesCommand.self,
    ]
  )

  /// Runs the command line; every error that a command throws is one sentence on standard error.
  static func main() {
    Output.reserveStandardStreams()
    do {
      try NativeText.requireArguments()
      var command = try parsed(Array(CommandLine.arguments.dropFirst()))
      try NativeText.requireFolder()
      try command.run()
      try requireWritten()
    } catch {
      Foundation.exit(explain(error))
    }
  }

  /// Says why the program ends, and gives its exit code.
  private static func explain(_ error: any Error) -> Int32 {
    let code = exitCode(for: error)
    // Help, versions and wrong options have their own texts; a bare code was explained before.
    guard code != .failure || error is ExitCode else {
      Output.standardError.write("distill: \(sentence(for: error))\n")
      return error is Stopped ? Interruption.exitCode : code.rawValue
    }
    let words = Array(CommandLine.arguments.dropFirst())
    let message = Suggestions.improved(fullMessage(for: error), for: words)
    let text = code.isSuccess ? message : abbreviated(message)
    let output = code.isSuccess ? Output.standardOutput : Output.standardError
    if !text.isEmpty { output.write(text + "\n") }
    do {
      if code.isSuccess { try requireWritten() }
      return code.rawValue
    } catch {
      return explain(error)
    }
  }

  /// The command that a command line asks for.
  ///
  /// - Throws: What the parser refuses, empty values, and options that have no effect.
  static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
    let words = separated(arguments)
    try Suggestions.requireSubcommand(words)
    try Suggestions.requireShortOptions(words)
    try GivenOptions.requireValues(words)
    return try GivenOptions.$current.withValue(GivenOptions(words)) { try parseAsRoot(words) }
  }

  /// Splits `--resume=FOLDER` and `--watch=PORT` in two: an option that may stand without a value loses
  /// one that is given by an equals sign when another option follows it.
  static func separated(_ arguments: [String]) -> [String] {
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    return arguments[..<end].flatMap { argument in
      // A number below zero looks like an option.
      ["--resume", "--watch"].first {
        argument.hasPrefix($0 + "=") && !argument.hasPrefix("--watch=-")
      }
      .map { [$0, String(argument.dropFirst($0.count + 1))] } ?? [argument]
    } + arguments[end...]
  }

  /// - Throws: ``RunError`` when results could not be written to standard output.
  private static func requireWritten() throws {
    if let reason = Output.standardOutputFailure {
      throw RunError("cannot write to standard output: \(reason)")
    }
  }
}
