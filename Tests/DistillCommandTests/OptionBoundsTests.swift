import ArgumentParser
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Every option that takes a number, walked through numbers that nobody can mean. The options come
/// from the parser itself, so that new ones are walked too.
@Suite struct OptionBoundsTests {
  struct Dump: Decodable {
    struct Command: Decodable {
      let commandName: String
      let arguments: [Argument]?
      let subcommands: [Command]?
    }
    struct Argument: Decodable {
      struct Name: Decodable {
        let kind: String
        let name: String
      }
      let kind: String
      let names: [Name]?
      let allValues: [String]?

      /// With its dashes; nil for flags, arguments without a name, and choices among words.
      var option: String? {
        guard kind == "option", allValues == nil else { return nil }
        return names?.first { $0.kind == "long" }.map { "--" + $0.name }
      }
    }
    let command: Command
  }

  static let absurd = ["0", "-1", "nan", "inf", "1e30", "9223372036854775807", ""]

  /// The least that each command needs.
  static let commands: [String: [String]] = [
    "demo": [], "compress": ["--teacher", "t", "--data", "d", "--student", "s"],
    "observe": ["--teacher", "t", "--data", "d", "--out", "o"],
    "evaluate": ["run"], "certify": ["run"], "replay": ["certificate.json"],
    "predictive": ["--data", "d.csv", "--outcome", "y"], "predict": ["student.json"],
    "export": ["run", "--format", "c"],
    "generative train": ["images"], "generative fit": ["rbm"],
    "generative sample": ["rbm", "--out", "a.png"],
    "generative logz": ["rbm", "--student", "s"],
    "generative evaluate": ["s", "--teacher", "rbm"], "generative demo": [],
    "run": ["recipe.yaml"], "losses": [], "architectures": [], "inspect": ["file.csv"],
    "doctor": [], "runs": [], "compare": ["a", "b"], "cascade": ["run"], "watch": ["run"],
    "init": ["--teacher", "t", "--data", "d"], "catalogues": [],
  ]

  /// What an option needs beside it to have an effect.
  static let beside: [String: [String]] = [
    "compress --momentum": ["--optimizer", "sgd"],
    "predictive --reuse": ["--online"],
    "predictive --hidden": ["--family", "network"],
    "predictive --noise": ["--model", "linear"],
    "predictive --weights": ["--model", "mixture"],
    "predictive --deviations": ["--model", "mixture"],
    "predict --seed": ["--samples", "2"],
    "generative fit --constant": ["--loss", "squared"],
  ]

  /// Absurd numbers that are meant after all.
  static let meant: [String: Set<String>] = [
    "--seed": ["0", "9223372036854775807"],
    "--teacher-accuracy": ["0"], "--accuracy-margin": ["0"], "--log-probability-margin": ["0"],
    "predictive --burn-in": ["0"], "generative fit --burn-in": ["0"],
    "--partition-burn-in": ["0"], "--jump-every": ["0"], "--persistent-chains": ["0"],
    "--momentum": ["0"], "--beta1": ["0"], "--beta2": ["0"], "--weight-decay": ["0"],
    "--threshold": ["0", "-1"], "compress --validation": ["0"],
    "--constant": ["0", "-1"],
    "predict --cumulative": ["0", "-1", "1e30", "9223372036854775807"],
  ]

  /// Numbers inside a text; `%` is where they go.
  static let texts: [(option: String, text: String, meant: Set<String>)] = [
    ("compress --normalize", "0,%", ["1e30", "9223372036854775807"]),
    ("compress --image-size", "%x28", []), ("compress --search", "%epochs", []),
    ("compress --search", "%min", []),
    ("compress --fit", "% us", []), ("compress --fit", "% KB", []), ("compress --fit", "kl %", []),
    ("predictive --noise", "%", []), ("predictive --weights", "1,%", []),
    ("predictive --deviations", "1,%", []), ("predictive --hidden", "3,%", []),
    ("predictive --inputs", "gaussian:%", []),
    ("predict --quantiles", "0.5,%", []),
    ("generative fit --student", "nade:%", []), ("generative fit --student", "made:3-%", []),
    ("generative fit --student", "deep-nade:5,orders:%", []),
    // A term without a weight.
    ("generative fit --loss", "conditional + % squared", [""]),
    ("generative fit --temperatures", "adaptive:%", []),
    ("generative sample --shape", "%x2", []), ("generative sample --shape", "2x%", []),
  ]

  static func options() throws -> [(command: String, options: [String])] {
    let dump = try JSONDecoder().decode(Dump.self, from: Data(Program._dumpHelp().utf8)).command
    func walk(_ command: Dump.Command, _ path: String) -> [(String, [String])] {
      let below = (command.subcommands ?? []).filter { $0.commandName != "help" }
      guard below.isEmpty else {
        return below.flatMap {
          walk($0, path.isEmpty ? $0.commandName : "\(path) \($0.commandName)")
        }
      }
      return [(path, (command.arguments ?? []).compactMap(\.option))]
    }
    return walk(dump, "")
  }

  /// What a command line with an option is refused with; nil when it is taken.
  private func refusal(_ command: String, _ option: String, _ value: String) -> (any Error)? {
    let key = "\(command) \(option)"
    let least = Self.commands[command] ?? []
    let words =
      command.split(separator: " ").map(String.init) + least + (Self.beside[key] ?? [])
      + ["\(option)=\(value)"]
    do {
      _ = try Program.parsed(words)
      return nil
    } catch {
      return error
    }
  }

  private func check(_ command: String, _ option: String, _ value: String, isMeant: Bool) {
    let place: Comment = "distill \(command) \(option)=\(value)"
    guard let error = refusal(command, option, value) else {
      #expect(isMeant, place)
      return
    }
    #expect(!isMeant, place)
    #expect(Program.exitCode(for: error) == .validationFailure, place)
    let message = Program.message(for: error)
    #expect(!message.contains("\n") && !message.isEmpty, place)
    // Such as "chains" of --partition-chains.
    let word = option.split(separator: "-").last!
    let student = option == "--student" ? "student" : String(word)
    #expect(message.contains(student), "\(place): \(message)")
  }

  @Test func everyCommandIsWalked() throws {
    let found = try Self.options()
    #expect(Set(found.map(\.command)) == Set(Self.commands.keys))
    for (command, least) in Self.commands {
      #expect(throws: Never.self) {
        try Program.parsed(command.split(separator: " ").map(String.init) + least)
      }
    }
  }

  @Test func everyNumberHasBounds() throws {
    var walked = 0
    for (command, options) in try Self.options() {
      // What takes a word takes no number.
      for option in options where refusal(command, option, "abc") != nil {
        walked += 1
        let meant = Self.meant["\(command) \(option)"] ?? Self.meant[option] ?? []
        for value in Self.absurd {
          check(command, option, value, isMeant: meant.contains(value))
        }
      }
    }
    #expect(walked > 60)
  }

  @Test func numbersInTextsHaveBounds() {
    for (key, text, meant) in Self.texts {
      let words = key.split(separator: " ").map(String.init)
      let command = words.dropLast().joined(separator: " ")
      for value in Self.absurd {
        let written = text.replacing("%", with: value)
        check(command, words.last!, written, isMeant: meant.contains(value))
      }
    }
  }
}
