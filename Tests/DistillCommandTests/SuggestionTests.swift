import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct SuggestionTests {
  private func said(_ line: String) -> String {
    let words = line.split(separator: " ").map(String.init)
    do {
      _ = try Program.parsed(words)
      return ""
    } catch {
      #expect(Program.exitCode(for: error) == .validationFailure)
      return Suggestions.improved(Program.fullMessage(for: error), for: words)
    }
  }

  @Test(arguments: [
    ("compress --lr 0.1", "Error: Unknown option '--lr': distill compress has --learning-rate."),
    ("compress --gpu", "Error: Unknown option '--gpu': distill compress has --device cuda."),
    (
      "compress --batch-size 5",
      "Error: Unknown option '--batch-size': distill compress has --batch."
    ),
    (
      "compress --batch_size 5",
      "Error: Unknown option '--batch_size': distill compress has --batch."
    ),
    ("compress --Epochs 5", "Error: Unknown option '--Epochs': distill compress has --epochs."),
    ("predictive --lr 1", "Error: Unknown option '--lr': distill predictive has --learning-rate."),
    (
      "predictive --warmup 9", "Error: Unknown option '--warmup': distill predictive has --burn-in."
    ),
    (
      "predictive --batch 9",
      "Error: Unknown option '--batch': distill predictive has --batch-size."
    ),
    ("demo --num-workers 2", "Error: Unknown option '--num-workers': distill demo has --threads."),
    (
      "generative fit r --lr 1",
      "Error: Unknown option '--lr': distill generative fit has --learning-rate."
    ),
  ])
  func optionsOfOtherPrograms(line: String, text: String) {
    let message = said(line)
    #expect(message.hasPrefix(text + "\n"), "\(message)")
    #expect(message.contains("Usage: distill \(line.prefix { $0 != " " })"))
  }

  @Test(arguments: [
    ("compres", "There is no subcommand 'compres': did you mean compress?"),
    ("help compres", "There is no subcommand 'compres': did you mean compress?"),
    ("generative trin", "There is no subcommand 'trin': did you mean train?"),
    ("help generative logx", "There is no subcommand 'logx': did you mean logz?"),
    ("help nope", "There is no subcommand 'nope': there are demo, compress, "),
  ])
  func subcommands(line: String, text: String) {
    #expect(said(line).contains("Error: \(text)"), "\(said(line))")
  }

  /// The parser compares unknown options with all, in time that grows as the product of lengths.
  @Test func optionsOfAnyLengthAreRefusedAtOnce() {
    let time = ContinuousClock().measure {
      #expect(
        said("compress --\(String(repeating: "x", count: 100_000))").contains("Unknown option")
      )
    }
    #expect(time < .seconds(3))
  }

  @Test func helpIsNoMistake() {
    for line in [
      ["help"], ["help", "compress"], ["--help"], ["--version"],
    ] {
      do {
        // Some are commands of the parser's own, which throw the text when they run.
        var command = try Program.parsed(line)
        #expect(!(command is Program), "\(line)")
        try command.run()
      } catch {
        #expect(Program.exitCode(for: error).isSuccess, "\(line)")
      }
    }
  }

  /// As options, so keys of recipes.
  @Test(arguments: [
    ("lr: 0.1", "learningRate"), ("batch_size: 5", "batchSize"),
    ("Learning_Rate: 1", "learningRate"),
  ])
  func keysOfOtherPrograms(line: String, name: String) {
    let key = line.prefix { $0 != ":" }
    let said = refusal { try JobRecipe(yaml: "experiment: compress\n\(line)") }
    #expect(
      said?.contains("compress has no option '\(key)', which is \(name) here; it has ") == true,
      "\(said ?? "nothing")"
    )
  }

  @Test func whatMeansNothingHereIsNotSuggested() {
    #expect(OptionNames.meant(by: "lr") { $0 == "rate" } == nil)
    #expect(OptionNames.meant(by: "nonsense") { $0 == "rate" } == nil)
    #expect(OptionNames.meant(by: "GPU") { $0 == "device" } == "device cuda")
    #expect(OptionNames.written("learningRate") == "learning-rate")
  }

  @Test func whatAShellAsksIsNotRefused() {
    let words = ["---completion", "compress", "--", "positional@0", "0", "0", ""]
    #expect(throws: Never.self) { try GivenOptions.requireValues(words) }
  }

  @Test func networksOfTheListAreNetworks() throws {
    let networks = ModelSpecification.notation.map(\.written)
    for kind in Catalogue<any Architecture.Type>.standard.names {
      #expect(networks.contains { $0.hasPrefix("\(kind):") })
    }
    for form in DensitySpecification.notation {
      #expect(throws: Never.self) { try StudentText(form.written) }
    }
  }
}
