import ArgumentParser
import Compression
import Exchange
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
      LossesCommand.self, ArchitecturesCommand.self, InspectCommand.self, DoctorCommand.self,
      ExportCommand.self, EvaluateCommand.self, InitCommand.self, ObserveCommand.self,
      CascadeCommand.self, RunsCommand.self, CompareCommand.self, WatchCommand.self,
      CataloguesCommand.self,
    ]
  )

  /// Runs the command line; every error that a command throws is one sentence on standard error.
  static func main() {
    reserveStandardStreams()
    // A reader that went away is noticed when writing to it.
    signal(SIGPIPE, SIG_IGN)
    // A limit on the size of files is an error of the write that meets it.
    signal(SIGXFSZ, SIG_IGN)
    do {
      try requireText()
      var command = try parsed(Array(CommandLine.arguments.dropFirst()))
      try requireNamedFolder()
      try command.run()
      try requireWritten()
    } catch {
      let code = exitCode(for: error)
      // Help, versions and wrong options have their own texts; a bare code was explained before.
      guard code == .failure, !(error is ExitCode) else {
        let words = Array(CommandLine.arguments.dropFirst())
        let message = Suggestions.improved(fullMessage(for: error), for: words)
        let text = code.isSuccess ? message : abbreviated(message)
        let output = code.isSuccess ? Output.standardOutput : Output.standardError
        if !text.isEmpty { output.write(text + "\n") }
        do {
          if code.isSuccess { try requireWritten() }
        } catch {
          Output.standardError.write("distill: \(sentence(for: error))\n")
          exit(ExitCode.failure.rawValue)
        }
        exit(code.rawValue)
      }
      Output.standardError.write("distill: \(sentence(for: error))\n")
      exit(error is Stopped ? Interruption.exitCode : code.rawValue)
    }
  }

  /// Opens a standard stream that is closed, for reading alone, so that writing to it fails as before:
  /// the next file would have its number, and what is said would be written into that.
  private static func reserveStandardStreams() {
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
      _ = open("/dev/null", O_RDONLY)
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

  /// Refuses words that are not UTF-8: as text they are others, and no path in them leads anywhere.
  private static func requireText() throws {
    for number in 1..<max(Int(CommandLine.argc), 1) {
      guard let word = CommandLine.unsafeArgv[number], String(validatingCString: word) == nil
      else { continue }
      throw CommandError(
        "word \(number) of the command line, '\(String(cString: word))', is not UTF-8: rename the "
          + "file, or make a link to it with another name"
      )
    }
  }

  /// Refuses to work where the path of relative names is not UTF-8.
  private static func requireNamedFolder() throws {
    guard let path = getcwd(nil, 0) else { return }
    defer { free(path) }
    guard String(validatingCString: path) == nil else { return }
    throw CommandError(
      "the name of the current folder, '\(String(cString: path))', is not UTF-8: rename it, or start "
        + "the program in another"
    )
  }

  /// - Throws: ``CommandError`` when results could not be written to standard output.
  private static func requireWritten() throws {
    if let reason = Output.standardOutputFailure {
      throw CommandError("cannot write to standard output: \(reason)")
    }
  }

  private static func exit(_ code: Int32) -> Never { Foundation.exit(code) }
}
