import ArgumentParser
import Networks

/// What someone meant who wrote a name of another program, or mistyped one of this.
enum Suggestions {
  /// Options as they are called elsewhere, and here; of several, the one that the command has.
  private static let options: [String: [String]] = [
    "--lr": ["--learning-rate"], "--wd": ["--weight-decay"], "--gpu": ["--device cuda"],
    "--gpus": ["--device cuda"], "--cuda": ["--device cuda"], "--mps": ["--device mps"],
    "--cpu": ["--device cpu"], "--batch-size": ["--batch"], "--bs": ["--batch", "--batch-size"],
    "--batch": ["--batch-size"], "--num-epochs": ["--epochs"], "--n-epochs": ["--epochs"],
    "--max-epochs": ["--epochs"], "--max-steps": ["--steps"], "--num-steps": ["--steps"],
    "--iterations": ["--steps"], "--dataset": ["--data", "--images"], "--train": ["--data"],
    "--data-dir": ["--data"], "--data-path": ["--data"], "--target": ["--outcome", "--labels"],
    "--label": ["--labels"], "--output": ["--out"], "--output-dir": ["--out"], "--save": ["--out"],
    "--save-dir": ["--out"], "--arch": ["--student"], "--architecture": ["--student"],
    "--model": ["--student"], "--network": ["--student"], "--workers": ["--threads"],
    "--num-workers": ["--threads"], "--num-threads": ["--threads"], "--jobs": ["--threads"],
    "--random-seed": ["--seed"], "--manual-seed": ["--seed"], "--optim": ["--optimizer"],
    "--opt": ["--optimizer"], "--scheduler": ["--decay", "--schedule"],
    "--lr-scheduler": ["--decay", "--schedule"], "--clip": ["--clip-norm"],
    "--grad-clip": ["--clip-norm"], "--max-grad-norm": ["--clip-norm"], "--betas": ["--beta1"],
    "--normalise": ["--normalize"], "--colour": ["--color"], "--verbose": ["--json"],
    "--num-samples": ["--draws-count", "--count", "--samples"], "--warmup": ["--burn-in"],
    "--thin": ["--thinning"], "--num-chains": ["--chains"], "--val-split": ["--validation"],
    "--test-split": ["--test-share"], "--test-size": ["--test-share"],
  ]

  /// The text about an option that is not there, with the option that was meant instead of the
  /// one whose letters are alike.
  ///
  /// - Parameter words: The command line.
  static func improved(_ text: String, for words: [String]) -> String {
    guard let match = text.prefixMatch(of: /Error: Unknown option '(--?[^' ]+)'.*/) else {
      return text
    }
    let given = "-" + match.1.drop { $0 == "-" }.lowercased().replacing("_", with: "-")
    let (command, path) = command(of: words)
    let help = Program.helpMessage(for: command)
    func has(_ option: String) -> Bool {
      help.contains(try! Regex("(^|\\s|/)\(option.prefix { $0 != " " })([\\s=/]|$)"))
    }
    let meant = (options["-" + given] ?? ["-" + given]).first(where: has)
    guard let meant else { return text }
    return "Error: Unknown option '\(match.1)': distill \(path) has \(meant)."
      + text[match.range.upperBound...]
  }

  /// The subcommand that words begin with, and its name.
  private static func command(
    of words: [String]
  ) -> (type: any ParsableCommand.Type, path: String) {
    var (type, path): (any ParsableCommand.Type, [String]) = (Program.self, [])
    for word in words {
      guard let next = subcommand(word, of: type) else { break }
      (type, path) = (next, path + [word])
    }
    return (type, path.joined(separator: " "))
  }

  private static func subcommand(
    _ name: String,
    of type: any ParsableCommand.Type
  ) -> (any ParsableCommand.Type)? {
    type.configuration.subcommands.first { $0.configuration.commandName == name }
  }

  /// Refuses a subcommand that is not there, also after `help`.
  ///
  /// - Throws: `ValidationError` with the one that was meant.
  static func requireSubcommand(_ words: [String]) throws {
    let isHelp = words.first == "help"
    var type: any ParsableCommand.Type = Program.self
    for word in words.dropFirst(isHelp ? 1 : 0).prefix(while: { !$0.hasPrefix("-") }) {
      let subcommands = type.configuration.subcommands
      if subcommands.isEmpty { return }
      guard let next = subcommand(word, of: type) else {
        let names = subcommands.compactMap(\.configuration.commandName)
        if word == "help" { return }
        let nearest = nearestName(to: word, among: names)
        throw ValidationError(
          "There is no subcommand '\(word)'"
            + (nearest.map { ": did you mean \($0)?" }
              ?? ": there are \(names.joined(separator: ", ")).")
        )
      }
      type = next
    }
  }
}
