import ArgumentParser
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct OptionTests {
  func demo(_ arguments: String...) throws -> DemoCommand {
    try #require(Program.parsed(["demo"] + arguments) as? DemoCommand)
  }

  @Test func defaultsAreThoseOfTheDemo() throws {
    let demo = try demo()
    #expect(demo.members == 5 && demo.common.machine.device == "cpu" && demo.place.resume == nil)
    #expect(demo.demo.data == ".data/fashion-mnist" && demo.common.output.verbosity == .normal)
  }

  @Test func resumeTakesAFolderOrNone() throws {
    #expect(try demo("--resume").place.resume == .latest)
    #expect(try demo("--resume", "--quiet").place.resume == .latest)
    #expect(try demo("--resume", "runs/a").place.resume == .folder("runs/a"))
    #expect(try demo("--resume=runs/a").place.resume?.path == "runs/a")
  }

  @Test func verbosityFollowsTheFlags() throws {
    #expect(try demo("--quiet").common.output.verbosity == .quiet)
    #expect(try demo("--json").common.output.verbosity == .json)
  }

  @Test(arguments: [
    ["--members", "0"], ["--epochs", "-1"], ["--limit", "0"], ["--threads", "0"],
    ["--threads", "1000000"],
    ["--quiet", "--json"], ["--resume", "a", "--out", "b"], ["--members", "many"], ["--what"],
  ])
  func nonsenseIsRefusedAsUsage(arguments: [String]) {
    do {
      _ = try Program.parsed(["demo"] + arguments)
      Issue.record("\(arguments) were accepted")
    } catch {
      #expect(Program.exitCode(for: error) == .validationFailure)
    }
  }

  /// What a recipe says already would be left unheeded.
  @Test(arguments: [
    ["--steps", "5"], ["--loss", "crossEntropy"], ["--control"], ["--certify", "3"],
    ["--learning-rate", "0.1"], ["--teacher", "a"], ["--search", "5min"], ["--color", "grey"],
  ])
  func aCompressionIsGoneOnWithAsItWasBegun(arguments: [String]) throws {
    do {
      _ = try Program.parsed(["compress", "--resume", "a"] + arguments)
      Issue.record("\(arguments) were accepted")
    } catch {
      let message = Program.message(for: error)
      #expect(message.contains("--resume does what the recipe says: leave out"))
      #expect(message.contains(arguments[0].dropFirst(2)))
    }
    _ = try Program.parsed(["compress", "--resume", "a", "--threads", "1", "--quiet"])
  }

  @Test func everyHelpHasAnExampleThatParses() throws {
    let commands = [Program.self] + Program.configuration.subcommands
    for command in commands + commands.dropFirst().flatMap({ $0.configuration.subcommands }) {
      let help = Program.helpMessage(for: command).replacing("\\\n", with: " ")
      // What is wrapped, such as a sentence about distill compress, stands further in.
      let examples = help.split(separator: "\n").filter { $0.hasPrefix("  distill ") }
      #expect(!examples.isEmpty, "\(command)")
      for example in examples {
        let words = example.split(separator: " ").dropFirst().map(String.init)
        #expect(throws: Never.self) { try Program.parsed(words) }
      }
    }
  }
}
