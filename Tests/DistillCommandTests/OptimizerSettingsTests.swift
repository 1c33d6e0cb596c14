import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct OptimizerSettingsTests {
  private func options(_ line: String) throws -> CompressOptions {
    let words = "compress --teacher t --data d --student s \(line)".split(separator: " ")
    let command = try Program.parsed(words.map(String.init)) as? CompressCommand
    return try #require(command).options
  }

  private func plan(_ line: String) throws -> OptimizerPlan {
    var choices = CompressionChoices()
    return choices.optimizer(try options(line))
  }

  @Test func settingsReachTheOptimizer() throws {
    let adam = try plan("--beta1 0.8 --beta2 0.95 --weight-decay 0.1").make() as? Adam
    #expect(adam?.beta1 == 0.8 && adam?.beta2 == 0.95 && adam?.weightDecay == 0.1)
    let adamW = try plan("--optimizer adamW").make() as? AdamW
    #expect(adamW?.weightDecay == 0.01 && adamW?.beta1 == 0.9)
    let sgd = try plan("--optimizer sgd --momentum 0 --weight-decay 5e-4").make() as? SGD
    #expect(sgd?.momentum == 0 && sgd?.weightDecay == 5e-4)
    #expect((try plan("--optimizer sgd").make() as? SGD)?.momentum == 0.9)
    let rmsProp = try plan("--optimizer rmsProp --momentum 0.5").make() as? RMSprop
    #expect(rmsProp?.momentum == 0.5)
    let clipped = try plan("--clip-norm 2").make() as? ClippedOptimizer
    #expect(clipped?.norm == 2 && clipped?.learningRate == 1e-3)
  }

  @Test func othersAreRefused() {
    for line in [
      "--momentum 0.9", "--optimizer sgd --beta1 0.9", "--optimizer adaDelta --beta2 0.9",
      "--optimizer adaDelta --momentum 0.9",
    ] {
      do {
        _ = try options(line)
        Issue.record("taken: \(line)")
      } catch {
        #expect(Program.message(for: error).contains(" has no effect with --optimizer "))
      }
    }
  }

  @Test func theRecipeRepeatsThem() throws {
    let line = "--optimizer sgd --momentum 0.5 --weight-decay 0.001 --clip-norm 3"
    let given = try options(line)
    let again = try #require(
      Program.parsed(["compress"] + given.arguments) as? CompressCommand
    )
    #expect(again.options == given && given.optimizerSettings.clipNorm == 3)
    let plan = try plan(line)
    let text = try JSONEncoder().encode(plan)
    #expect(try JSONDecoder().decode(OptimizerPlan.self, from: text) == plan)
  }

  @Test func decodedSettingsAreChecked() {
    let wrong = [
      OptimizerSettings(weightDecay: -1), OptimizerSettings(momentum: 1),
      OptimizerSettings(beta1: .nan), OptimizerSettings(beta2: 2), OptimizerSettings(clipNorm: 0),
    ]
    for settings in wrong { #expect(refusal { try settings.check() } != nil) }
    #expect(throws: Never.self) { try OptimizerSettings(momentum: 0, clipNorm: 1).check() }
  }

  /// Plans without settings are what they were.
  @Test func earlierPlansAreRead() throws {
    let text = "name: sgd\nlearningRate: 0.05\ndecay: linear\n"
    let plan = try YAMLText.decode(OptimizerPlan.self, from: text)
    #expect(plan == OptimizerPlan(name: .sgd, learningRate: 0.05, decay: .linear))
    #expect(try self.plan("--optimizer sgd --learning-rate 0.05") == plan)
  }

  private struct Nothing: RecordedOptions { func check() throws {} }

  @Test func theReplayLineSaysThreadsAndDevice() {
    let machine = MachineFacts.current()
    func replay(_ arguments: [String]) -> String {
      Recipe(
        command: "compress",
        arguments: arguments,
        seed: 1,
        options: Nothing(),
        data: [],
        machine: machine
      ).replay
    }
    let place = "--threads \(machine.threads) --device \(machine.device)"
    #expect(replay(["--steps", "5"]) == "distill compress --steps 5 \(place)")
    #expect(
      replay(["--threads", "1"]) == "distill compress --threads 1 --device \(machine.device)"
    )
  }
}
