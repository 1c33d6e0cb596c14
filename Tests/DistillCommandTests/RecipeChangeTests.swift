import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Runs that go on by their recipe notice when it was edited.
@Suite struct RecipeChangeTests {
  private func folder(_ place: URL, recipe: String) throws -> RunFolder {
    let path = place.appendingPathComponent("run").path
    return try RunFolder.create(for: "run", at: path, recipe: recipe)
  }

  @Test func whatDiffersIsNamed() throws {
    try withScratchFolder { place in
      let recipe = "seed: 1\nplan:\n  steps: 20\n  widths: [3, 4]\n"
      let folder = try folder(place, recipe: recipe)
      #expect(try String(contentsOf: folder.file("recipe.yaml"), encoding: .utf8).contains("seed"))
      let same = "plan: {widths: [3, 4], steps: 20}\n\nseed: 1 # the same\n"
      try folder.write(same, to: "recipe.yaml")
      #expect(try folder.unchangedRecipe() == same)
      try folder.write("seed: 2\nplan:\n  steps: 20\n  widths: [3, 5, 6]\n", to: "recipe.yaml")
      let sentence = refusal { try folder.unchangedRecipe() }
      #expect(
        sentence?.contains("(plan.widths[1]: 4 → 5, plan.widths[2]: nothing → 6, seed: 1 → 2)")
          == true,
        "\(sentence ?? "")"
      )
    }
  }

  /// Runs of versions that noted nothing.
  @Test func runsWithoutANoteGoOn() throws {
    try withScratchFolder { place in
      let folder = try folder(place, recipe: "seed: 1\n")
      try folder.save(progress: Nothing())
      try folder.write("seed: 2\n", to: "recipe.yaml")
      #expect(try folder.unchangedRecipe() == "seed: 2\n")
      try folder.save(progress: ["finished": ["student.safetensors"]])
      #expect(try folder.unchangedRecipe() == "seed: 2\n")
    }
  }

  /// The commands that go on by a recipe, with a recipe that says another seed.
  @Test(arguments: ["generative fit", "generative train", "run", "predictive"])
  func everyCommandLooks(command: String) throws {
    try withScratchFolder { place in
      let recipe =
        command == "predictive"
        ? "program: '1'\nseed: 1\n" : "experiment: generative-fit\nseed: 1\n"
      let path = place.appendingPathComponent("a").path
      let folder = try RunFolder.create(for: command, at: path, recipe: recipe)
      folder.lock!.release()
      try folder.write(recipe.replacing("seed: 1", with: "seed: 2"), to: "recipe.yaml")
      let arguments =
        command.split(separator: " ").map(String.init) + ["--resume", folder.url.path, "--quiet"]
      let sentence = refusal {
        var parsed = try Program.parseAsRoot(arguments)
        try parsed.run()
      }
      #expect(sentence?.contains("seed: 1 → 2") == true, "\(command): \(sentence ?? "")")
    }
  }
}
