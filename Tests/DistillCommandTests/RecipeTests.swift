import Distill
import Foundation
import Testing
import Yams

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct RecipeTests {
  @Test func recipeReadsBackAsWritten() throws {
    try withScratchFolder { scratch in
      let file = scratch.appendingPathComponent("images")
      try Data("abc".utf8).write(to: file)
      var options = DemoOptions()
      options.data = "my images: \"here\" #1"
      options.limit = 6_000
      options.seed = .max
      let recipe = Recipe(
        command: "demo",
        arguments: options.arguments,
        seed: options.seed,
        options: options,
        data: [try DataFile(file)],
        machine: .current(device: .cpu)
      )
      #expect(recipe.data[0].bytes == 3)
      #expect(recipe.program == programVersion)
      #expect(try Recipe<DemoOptions>(yaml: recipe.yaml()) == recipe)
      #expect(
        recipe.replay == "distill demo --data 'my images: \"here\" #1' --members 5 --limit 6000 "
          + "--seed 18446744073709551615 --device cpu --threads \(Machine.threads)"
      )
    }
  }

  @Test func numbersReadBackToTheBit() throws {
    struct Numbers: Codable, Equatable {
      var nested: [[Double]]
      var named: [String: Double]
      var count = Int.max
      var seed = UInt64.max
      var text = "0.3000000000000000"
      var single: Float = 0.1
    }
    let numbers = Numbers(
      nested: [
        [0.1 + 0.2, 1 / 3, -12.491000175476074], [5e-324, 1.7976931348623157e308, 2, 1e-7],
      ],
      named: ["a": 4.171609951178773, "b": 1e22 / 3, "c": -1e-5 / 3]
    )
    let text = try YAMLText.encode(numbers)
    #expect(try YAMLDecoder().decode(Numbers.self, from: text) == numbers, "\(text)")
  }

  @Test func onlyDigitsThatWereCutOffAreNoDifference() throws {
    #expect(try differences(["x": 4.171609951178773], ["x": 4.17160995117877]).isEmpty)
    #expect(try differences(["x": 4.171609951178], ["x": 4.171609951179]).count == 1)
    #expect(try differences(["x": 20], ["x": 40]) == ["x: 20 → 40"])
  }

  @Test func whatIsNotARecipeIsRefusedInOneLine() {
    for text in ["", "command: demo", "a: [", "- 1\n- 2"] {
      let message = refusal { try Recipe<DemoOptions>(yaml: text) }
      #expect(message?.hasPrefix("the recipe cannot be read: ") == true)
      #expect(message?.contains("\n") == false)
    }
  }

  @Test func replayAsksForTheSame() throws {
    var options = DemoOptions()
    options.members = 30
    options.epochs = 20
    options.threads = 2
    let parsed = try #require(
      Program.parsed(["demo"] + options.arguments) as? DemoCommand
    )
    #expect(parsed.members == 30 && parsed.epochs == 20 && parsed.common.machine.threads == 2)
    #expect(parsed.data == options.data && parsed.common.seed == options.seed)
  }
}
