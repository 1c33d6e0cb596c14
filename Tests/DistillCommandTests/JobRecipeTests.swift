import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct JobRecipeTests {
  struct Toy: Job {
    static let name = "toy"
    var images = [600, 6_000]
    var rate: Double? = 0.1
    var title = "clothes: all"

    func dataFiles() throws -> [URL] { [] }
    func perform(_ run: Run) throws {}
  }

  private func read(_ text: String, _ settings: [String] = []) throws -> JobRecipe {
    try JobRecipe(yaml: text, settings: settings, among: Catalogue(Toy.self))
  }

  @Test func optionsReplaceDefaults() throws {
    let recipe = try read("experiment: toy\nseed: 7\nimages: [5]\n", ["rate=0.5"])
    #expect(recipe.seed == 7)
    #expect(recipe.job as? Toy == Toy(images: [5], rate: 0.5))
    #expect(try read("experiment: toy").job as? Toy == Toy())
  }

  @Test func theRunsRecipeReadsBack() throws {
    var recipe = try read("experiment: toy", ["title='a: b # c'", "images=[1, 2]"])
    recipe.seed = .max
    let origin = RecipeOrigin(data: [], machine: .current())
    let text = try recipe.yaml(origin)
    let again = try read(text)
    #expect(again.job as? Toy == recipe.job as? Toy && again.seed == .max)
    #expect(try RecipeOrigin(yaml: text).machine == origin.machine)
  }

  @Test(arguments: [
    ("", "the recipe cannot be read: it has no lines of the form 'key: value'"),
    ("a: [", "the recipe cannot be read: "),
    ("seed: 1", "the recipe does not say 'experiment:' followed by one of toy"),
    ("experiment: tea", "there is no experiment 'tea': choose one of toy"),
    ("experiment: tyo", "there is no experiment 'tyo': choose one of toy"),
    ("experiment: toi", "there is no experiment 'toi': did you mean toy?"),
    ("experiment: toy\nseed: -1", "the recipe's seed must be a whole number from 0"),
    (
      "experiment: toy\nimage: 3",
      "the recipe cannot be read: toy has no option 'image'; it has images, rate, title"
    ),
    (
      "experiment: toy\nimages: [many]",
      "the recipe cannot be read: option 'images 1' is of another kind than it must be"
    ),
  ])
  func wrongRecipesAreRefused(_ text: String, _ message: String) {
    let said = refusal { try read(text) }
    #expect(said?.hasPrefix(message) == true, "\(said ?? "nothing")")
    #expect(said?.contains("\n") == false)
  }

  struct Nested: Job {
    struct Inner: Codable, Equatable {
      var steps = 3
      var rate = 0.5
    }
    static let name = "nested"
    var inner = Inner()

    func dataFiles() throws -> [URL] { [] }
    func perform(_ run: Run) throws {}
  }

  @Test func optionsOfOptionsHaveDefaultsToo() throws {
    let text = "experiment: nested\ninner: {steps: 7}"
    let recipe = try JobRecipe(yaml: text, among: Catalogue(Nested.self))
    #expect(recipe.job as? Nested == Nested(inner: .init(steps: 7)))
    let wrong = "experiment: nested\ninner: {step: 7}"
    #expect(
      refusal { try JobRecipe(yaml: wrong, among: Catalogue(Nested.self)) }?
        .hasSuffix("nested's inner has no option 'step'; it has rate, steps") == true
    )
  }

  @Test func wrongSettingsAreRefused() {
    #expect(
      refusal { try read("experiment: toy", ["images"]) }
        == "the recipe cannot be read: --set images: write key=value"
    )
  }
}
