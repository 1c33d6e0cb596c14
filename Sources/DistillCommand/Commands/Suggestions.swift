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

  /// The text about a wrong command line; where an option in it is called otherwise here, that is
  /// what is wrong with it, whatever the parser noticed first.
  ///
  /// - Parameter words: The command line.
  static func improved(_ text: String, for words: [String]) -> String {
    guard text.hasPrefix("Error: ") else { return text }
    let (command, path) = command(of: words)
    let help = Program.helpMessage(for: command)
    func has(_ option: String) -> Bool {
      let name = option.prefix { $0 != " " }
      return help.split(whereSeparator: { $0.isWhitespace || "/,[]=".contains($0) }).contains(name)
    }
    let given = words.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }
      .map { String($0.prefix { $0 != "=" }) }
    guard let unknown = given.first(where: { !has($0) && !["--help", "--version"].contains($0) })
    else { return text }
    let name = unknown.lowercased().replacing("_", with: "-")
    guard let meant = (options[name] ?? [name]).first(where: has) else { return text }
    let usage = text.firstRange(of: "\nUsage:").map { text[$0.lowerBound...] } ?? ""
    return "Error: Unknown option '\(unknown)': distill \(path) has \(meant)." + usage
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

  /// Refuses options that are longer than any there is: the parser compares unknown ones with all.
  ///
  /// - Throws: `ValidationError`.
  static func requireShortOptions(_ words: [String]) throws {
    for word in words.prefix(while: { $0 != "--" }) where word.hasPrefix("--") {
      let name = word.prefix { $0 != "=" }
      if name.utf8.count > 100 { throw ValidationError("Unknown option '\(name)'") }
    }
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
        let names = subcommands.compactMap { $0.configuration.commandName }
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
