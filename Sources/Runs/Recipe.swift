import Distill
import Foundation
import Yams

/// What a recipe records of a command: a file may say anything, so it says itself whether it can be
/// done.
package protocol RecordedOptions: Codable, Equatable {
  /// - Throws: `RunError` that names what is impossible.
  func check() throws
}

/// Everything needed to repeat a run: what was asked, of which program, on which data and machine.
///
/// It is written to `recipe.yaml` in the run folder.
package struct Recipe<Options: RecordedOptions>: Codable, Equatable {
  /// The version of Distill that made the run.
  package var program: String
  /// The subcommand, such as "demo".
  package var command: String
  /// A command line that repeats the run.
  package var replay: String
  package var seed: UInt64
  /// Every option with its value, defaults too.
  package var options: Options
  package var data: [Provenance.Content]
  package var machine: MachineFacts
  package var startedAt: Date

  /// - Parameter arguments: The arguments after the program's name that ask for the same again.
  package init(
    command: String,
    arguments: [String],
    seed: UInt64,
    options: Options,
    data: [Provenance.Content],
    machine: MachineFacts,
    startedAt: Date = Date()
  ) {
    program = programVersion
    self.command = command
    // Networks may depend on both to the last bit.
    let place = [("--threads", "\(machine.threads)"), ("--device", machine.device)]
      .filter { !arguments.contains($0.0) }.flatMap { [$0.0, $0.1] }
    replay = (["distill", command] + arguments + place).map(shellWord).joined(separator: " ")
    self.seed = seed
    self.options = options
    self.data = data
    self.machine = machine
    self.startedAt = startedAt.wholeSecond
  }

  /// What is asked for is done again here and now.
  package mutating func made(on machine: MachineFacts) {
    (program, self.machine, startedAt) = (programVersion, machine, Date().wholeSecond)
  }

  /// The recipe as YAML.
  package func yaml() throws -> String { try YAMLText.encode(self) }

  /// Reads what ``yaml()`` wrote.
  ///
  /// - Throws: `RunError` when the text is not a recipe of this kind.
  package init(yaml text: String) throws {
    do {
      self = try YAMLText.decode(Self.self, from: text)
    } catch {
      throw RunError("the recipe cannot be read: \(sentence(for: innermost(error)))")
    }
  }

  /// - Throws: `RunError` when the options cannot be done.
  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    program = try fields.decode(String.self, forKey: .program)
    command = try fields.decode(String.self, forKey: .command)
    replay = try fields.decode(String.self, forKey: .replay)
    seed = try fields.decode(UInt64.self, forKey: .seed)
    options = try fields.decode(Options.self, forKey: .options)
    data = try fields.decode([Provenance.Content].self, forKey: .data)
    machine = try fields.decode(MachineFacts.self, forKey: .machine)
    startedAt = try fields.decode(Date.self, forKey: .startedAt)
    try options.check()
  }
}

extension Date {
  /// What is written reads back equal.
  fileprivate var wholeSecond: Date {
    Date(timeIntervalSince1970: timeIntervalSince1970.rounded(.down))
  }
}

/// The subcommand that a recipe is of; nil where the text is no recipe.
///
/// - Throws: `RunError` when the text is no YAML.
package func recordedCommand(_ recipe: String) throws -> String? {
  do {
    return try YAMLText.compose(recipe)?.mapping?["command"]?.string
  } catch {
    throw RunError("the recipe cannot be read: \(sentence(for: error))")
  }
}

/// The experiment that a recipe is of; nil where the text is no recipe of `distill run`.
package func recordedExperiment(_ recipe: String) -> String? {
  struct Header: Decodable {
    let experiment: String
  }
  return (try? YAMLText.decode(Header.self, from: recipe))?.experiment
}

/// A word as a shell must be given it.
private func shellWord(_ word: String) -> String {
  let plain = word.unicodeScalars.allSatisfy {
    $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_./=:,+@%".unicodeScalars.contains($0))
  }
  return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
}
