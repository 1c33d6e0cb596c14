import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Runs

/// With how many threads steps are made.
@Suite struct QuickestThreadsTests {
  /// The fewest that do nearly as well as any are taken; where more are much slower, none beyond are
  /// tried.
  @Test(arguments: [
    ([1: 34.0, 2: 2.9], 2, 1, [1, 2]),
    ([1: 10, 2: 19, 4: 30, 6: 31], 6, 4, [1, 2, 4, 6]),
    ([1: 10, 2: 19, 4: 12, 8: 100], 8, 2, [1, 2, 4]),
    ([1: 10], 1, 1, [1]),
    ([1: 10, 2: 10.4, 3: 9], 3, 1, [1, 2, 3]),
  ])
  func theFewestThatDoNearlyAsWell(rates: [Int: Double], most: Int, best: Int, tried: [Int]) {
    var asked: [Int] = []
    let found = QuickestThreads.find(upTo: most) { threads in
      asked.append(threads)
      return rates[threads]!
    }
    #expect(found.threads == best && Set(asked) == Set(tried))
    #expect(found.rates.keys.sorted() == tried)
  }

  /// A moment in which the machine was busy with something else is not held against a number.
  @Test func theBetterOfTwoRoundsCounts() {
    var calls = 0
    let found = QuickestThreads.find(upTo: 2) { threads in
      calls += 1
      return calls == 2 ? 8 : threads == 1 ? 10 : 18
    }
    #expect(found.threads == 2 && calls == 4)
  }

  @Test func theNumberIsInRecipeAndReplay() throws {
    try withCompressWorld { world in
      var options = world.options()
      (options.student, options.budget) = ("cnn:4c3-gap-3", Budget(3, .steps))
      options.trainingThreads = 2
      let (folder, _) = try world.run(options)
      let recipe = try Recipe<CompressionPlan>(yaml: folder.recipeText())
      #expect(recipe.options.training.threads == 2)
      #expect(recipe.replay.contains("--training-threads 2"))
    }
  }

  @Test(arguments: ["0", "5000"])
  func aRecipeWithImpossibleThreadsIsRefused(threads: String) throws {
    try withCompressWorld { world in
      var options = world.options()
      (options.budget, options.trainingThreads) = (Budget(3, .steps), 1)
      let text = try world.run(options).folder.recipeText()
      let changed = text.replacing("threads: 1\n", with: "threads: \(threads)\n")
      #expect(changed != text)
      #expect { try Recipe<CompressionPlan>(yaml: changed) } throws: {
        "\($0)".contains("threads is \(threads)")
      }
    }
  }
}
