import ArgumentParser
import Mathematics
import Networks
import Runs

/// What someone meant who wrote a name of another program, or mistyped one of this.
enum Suggestions {
  /// The text about a wrong command line; where an option in it is called otherwise here, that is
  /// what is wrong with it, whatever the parser noticed first.
  ///
  /// - Parameter words: The command line.
  static func improved(_ text: String, for words: [String]) -> String {
    guard text.hasPrefix("Error: ") else { return text }
    let (command, path) = command(of: words)
    let help = Program.helpMessage(for: command)
    let there = help.split { $0.isWhitespace || "/,[]=".contains($0) }
    func has(_ option: String) -> Bool { there.contains(option[...]) }
    let given = words.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }
      .map { String($0.prefix { $0 != "=" }) }
    guard let unknown = given.first(where: { !has($0) && !["--help", "--version"].contains($0) })
    else { return text }
    let word = String(unknown.dropFirst(2))
    guard let meant = OptionNames.meant(by: word, where: { has("--\($0)") }) else { return text }
    let usage = text.firstRange(of: "\nUsage:").map { text[$0.lowerBound...] } ?? ""
    let name = path.joined(separator: " ")
    return "Error: Unknown option '\(unknown)': distill \(name) has --\(meant)." + usage
  }

  /// The subcommand that words begin with, and these words.
  private static func command(
    of words: [String]
  ) -> (type: any ParsableCommand.Type, path: [String]) {
    var (type, path): (any ParsableCommand.Type, [String]) = (Program.self, [])
    for word in words {
      let subcommands = type.configuration.subcommands
      guard let next = subcommands.first(where: { $0.configuration.commandName == word })
      else { break }
      (type, path) = (next, path + [word])
    }
    return (type, path)
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
    let words = words.first == "help" ? Array(words.dropFirst()) : words
    let (type, path) = command(of: words)
    let names = type.configuration.subcommands.compactMap { $0.configuration.commandName }
    guard let word = words.dropFirst(path.count).first, !names.isEmpty, word != "help",
      !word.hasPrefix("-")
    else { return }
    throw ValidationError(
      "There is no subcommand '\(word)'"
        + (nearestName(to: word, among: names).map { ": did you mean \($0)?" }
          ?? ": there are \(names.joined(separator: ", ")).")
    )
  }
}
