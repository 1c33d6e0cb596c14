import Foundation
import Testing

@testable import DistillCommand

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
          + "--seed 18446744073709551615 --device cpu"
      )
    }
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
      Program.parseAsRoot(["demo"] + options.arguments) as? DemoCommand
    )
    #expect(parsed.members == 30 && parsed.epochs == 20 && parsed.common.machine.threads == 2)
    #expect(parsed.data == options.data && parsed.common.seed == options.seed)
  }
}
