import Distill
import Foundation
import Testing

@testable import DistillCommand

@Suite struct GenerativeOptionTests {
  @Test func lossesAreSums() throws {
    let text = try LossText("conditional + 0.1 squared+2*score")
    #expect(text.terms.map(\.name) == [.conditional, .squared, .score])
    #expect(text.terms.map(\.weight) == [1, 0.1, 2])
    let loss = text.loss(constant: 3, samples: 20)
    let expected: Loss =
      .conditionalCrossEntropy + 0.1 * .squaredLogDensityError(constant: 3)
      + 2 * .derivativeSquaredError
    #expect(loss.description == expected.description)
    #expect(
      try LossText("squared").loss(constant: nil, samples: 1).description
        == Loss.squaredLogDensityErrorWithLearntConstant.description
    )
  }

  @Test(arguments: [
    "", "kl", "conditional +", "0 squared", "-1 squared", "nan score", "1 2 score",
    "score + score",
  ])
  func otherLossesAreRefused(text: String) {
    #expect(refusal { try LossText(text) }?.contains("'\(text)'") == true)
  }

  @Test(arguments: [
    ["fit"], ["fit", "a.npz", "--student", "nade"], ["fit", "a.npz", "--student", "tree:5"],
    ["fit", "a.npz", "--loss", "kl"], ["fit", "a.npz", "--loss", "reverse"],
    ["fit", "a.npz", "--steps", "0"], ["fit", "a.npz", "--learning-rate", "nan"],
    ["fit", "a.npz", "--constant", "big"], ["fit", "a.npz", "--confidence", "1"],
    ["fit", "a.npz", "--resume", "b", "--out", "c"], ["train"],
    ["train", "a", "--hidden", "0"], ["train", "a", "--momentum=-1"],
    ["sample", "a.npz"], ["sample", "a.npz", "--out", "a.gif"],
    ["logz", "a.npz", "--temperatures", "many"], ["logz", "a.npz", "--samples", "10"],
    ["evaluate", "a.safetensors"], ["demo", "--epochs", "0"],
  ])
  func nonsenseIsRefusedAsUsage(arguments: [String]) {
    do {
      _ = try Program.parseAsRoot(["generative"] + arguments)
      Issue.record("\(arguments) were accepted")
    } catch {
      #expect(Program.exitCode(for: error) == .validationFailure)
    }
  }

  @Test func theRecipeAsksForTheSame() throws {
    let fit = GenerativeFit(
      teacher: "a: b.npz",
      distillation: DistillationPlan(hidden: 7, loss: "conditional + 0.1 squared")
    )
    let recipe = ExperimentRecipe(fit, seed: 9)
    let text = try recipe.yaml(RecipeOrigin(data: [], machine: .current()))
    let again = try ExperimentRecipe(yaml: text)
    #expect(again.experiment as? GenerativeFit == fit && again.seed == 9)
  }

  @Test(arguments: ["generative-widths", "generative-partition", "generative-demo"])
  func recipesOfTheRepositoryAreRead(name: String) throws {
    let text = try DocumentationTests.text("Recipes/\(name).yaml")
    let recipe = try ExperimentRecipe(yaml: text)
    #expect(type(of: recipe.experiment).name == name)
  }

  @Test func shapesOfImages() throws {
    #expect(ImageShape(pixels: 784) == (try ImageShape("28x28", pixels: 784)))
    #expect(ImageShape(pixels: 12) == (try ImageShape("1x12", pixels: 12)))
    for text in ["28", "28x27", "0x784", "axb", "-28x-28"] {
      #expect(refusal { try ImageShape(text, pixels: 784) }?.contains("--shape \(text)") == true)
    }
  }
}
