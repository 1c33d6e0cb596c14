import ArgumentParser
import Runs

/// Which options a command line gives: the parser hands over their values only, and one that is
/// given with its default is given too.
struct GivenOptions {
  /// Those of the command line that is being parsed.
  @TaskLocal static var current = GivenOptions([])

  private let names: [String]

  /// - Parameter words: The command line without the program's name.
  init(_ words: [String]) {
    names = words.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }
      .map { String($0.prefix { $0 != "=" }) }
  }

  /// Refuses an option that is given and changes nothing.
  ///
  /// - Parameters:
  ///   - options: With their dashes.
  ///   - condition: What follows "has no effect", such as "without --online".
  func refuse(_ options: [String], where isIdle: Bool, _ condition: String) throws {
    guard isIdle, let option = names.first(where: options.contains) else { return }
    throw ValidationError("\(option) has no effect \(condition): leave it out.")
  }

  /// The first option that is none of some.
  func first(beside options: [String]) -> String? { names.first { !options.contains($0) } }

  /// Refuses everything beside `--resume` that the recipe of the run says already.
  ///
  /// - Parameter others: What may be said anew, beside the machine and the output.
  func requireResumable(allowing others: [String] = []) throws {
    let usual = ["--threads", "--device", "--quiet", "--json"]
    let allowed = ["--resume", "--curves", "--no-curves", "--watch"] + usual + others
    guard let option = first(beside: allowed) else { return }
    throw ValidationError("--resume does what the recipe says: leave out \(option).")
  }

  /// Refuses an empty value, such as of a variable of the shell that is not set.
  static func requireValues(_ words: [String]) throws {
    // What a shell asks when it completes a command line may be empty.
    if words.first?.hasPrefix("---") == true { return }
    for (index, word) in words.enumerated() {
      if word.isEmpty {
        let option = index > 0 && words[index - 1].hasPrefix("--") ? words[index - 1] : nil
        throw ValidationError("\(option ?? "an argument") is empty: give it a value.")
      }
      if word.hasPrefix("--"), word.hasSuffix("="), word.firstIndex(of: "=") == word.indices.last {
        throw ValidationError("\(word.dropLast()) is empty: give it a value.")
      }
    }
  }
}
