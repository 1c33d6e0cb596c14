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
  private struct Options: RecordedOptions {
    var data = "my images: \"here\" #1"
    var limit: Int? = 6_000
    func check() throws { if let limit { try requireCount("limit", limit) } }
  }

  @Test func recipeReadsBackAsWritten() throws {
    try withScratchFolder { scratch in
      let file = scratch.appendingPathComponent("images")
      try Data("abc".utf8).write(to: file)
      let recipe = Recipe(
        command: "compress",
        arguments: ["--data", Options().data, "--limit", "6000"],
        seed: .max,
        options: Options(),
        data: [try Provenance.Content(file)],
        machine: .current(device: .cpu)
      )
      #expect(recipe.data[0].bytes == 3)
      #expect(recipe.program == programVersion)
      #expect(try Recipe<Options>(yaml: recipe.yaml()) == recipe)
      #expect(
        recipe.replay == "distill compress --data 'my images: \"here\" #1' --limit 6000 "
          + "--threads \(Machine.threads) --device cpu"
      )
    }
  }

  /// As versions until 0.1 wrote it.
  @Test func recipesOfFormerDemosAreRead() throws {
    let text = """
      program: 0.1.0
      command: demo
      replay: distill demo --data .data/fashion-mnist --members 3 --limit 6000 --seed 7 --threads 2 --device cpu
      seed: 7
      options:
        data: .data/fashion-mnist
        members: 3
        limit: 6000
        seed: 7
        threads: 2
        device: cpu
        out: runs/small
      data:
      - name: t10k-labels-idx1-ubyte.gz
        bytes: 5148
        sha256: 67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5
      machine:
        system: Linux
        architecture: x86_64
        processor: AMD EPYC
        processors: 2
        memoryBytes: 25000000000
        threads: 2
        libtorch: 2.9.1
        capability: AVX2
        device: cpu
      startedAt: 2026-01-01T00:00:00Z
      """
    let today = try Demo.recipeOfToday(text)
    let recipe = try JobRecipe(yaml: today)
    #expect(recipe.job as? Demo == Demo(members: 3, limit: 6_000) && recipe.seed == 7)
    #expect(try RecipeOrigin(yaml: today).data.first?.bytes == 5_148)
    #expect(try Demo.recorded(text)?.members == 3)
    #expect(try Demo.recipeOfToday(today) == today)
    let absurd = text.replacing("members: 3\n", with: "members: 0\n")
    #expect(refusal { try Demo.recorded(absurd) }?.contains("members") == true)
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
    for text in ["", "command: compress", "a: [", "- 1\n- 2"] {
      let message = refusal { try Recipe<Options>(yaml: text) }
      #expect(message?.hasPrefix("the recipe cannot be read: ") == true)
      #expect(message?.contains("\n") == false)
    }
  }
}
