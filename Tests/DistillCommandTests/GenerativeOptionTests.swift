import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct GenerativeOptionTests {
  @Test func lossesAreSums() throws {
    let text = try LossText("conditional + 0.1 squared+2*score")
    #expect(text.names == [.conditional, .squared, .score])
    let loss = try text.loss(constant: 3, samples: 20)
    let written =
      "conditionalCrossEntropy + 0.1 * squaredLogDensityError + 2 derivativeSquaredError"
    #expect(try LossText(written).loss(constant: 3, samples: 20).description == loss.description)
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
    ["fit", "a.npz", "--student", "made:8", "--warm-start"],
    ["fit", "a.npz", "--student", "deep-nade:8", "--loss", "squared"],
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
      _ = try Program.parsed(["generative"] + arguments)
      Issue.record("\(arguments) were accepted")
    } catch {
      #expect(Program.exitCode(for: error) == .validationFailure)
    }
  }

  @Test func studentsAreRead() throws {
    let texts = ["nade:500", "made:20-10", "deep-nade:7", "deep-nade:9-8-7,orders:4"]
    let students = try texts.map { try StudentText($0).architecture }
    #expect((students[0] as? NADEArchitecture)?.hidden == 500)
    let titles = students.dropFirst().map {
      $0.finished($0.model(inputs: 6, seed: 1), seed: 2).title
    }
    #expect(
      titles == ["MADE 6-20-10", "deep NADE 6-7", "deep NADE 6-9-8-7 in 4 orders"]
    )
    // It learns from random masks, and is taken in an order whose prefixes look like them.
    let orders = (1...2).map { (students[2].model(inputs: 20, seed: $0) as? DeepNADE)?.order }
    #expect(orders[0]?.sorted() == Array(0..<20) && orders[0] != Array(0..<20))
    #expect(orders[0] != orders[1])
  }

  @Test(arguments: [
    "", "nade", "nade:", "nade:5-5", "nade:0", "nade:-3", "nade:5,orders:2", "made:5-", "made:5--5",
    "made:1e3", "made:5,orders", "made:5,orders:0", "made:5,order:2", "made:5,orders:2,orders:2",
    "deep-nade:100001", "deep-nade:90000-90000", "deep-nade:5,orders:9999", "rnade:5", "tree:5",
    "nade:99999999999999999999",
  ])
  func otherStudentsAreRefused(text: String) {
    let said = refusal { try DistillationPlan(student: text).check() }
    #expect(said?.hasPrefix("'\(text)'") == true && said?.contains("\n") == false, "\(said ?? "")")
  }

  @Test func whatDoesNotFitTheStudentIsRefused() {
    func said(_ student: String, _ loss: String, _ start: DistillationPlan.Start = .usual)
      -> String?
    {
      refusal { try DistillationPlan(student: student, loss: loss, start: start).check() }
    }
    for loss in ["squared", "likelihood + 0.1 score", "conditional + reverse"] {
      #expect(said("deep-nade:5", loss)?.contains("learns many orders at once") == true)
      #expect(said("made:5,orders:3", loss)?.contains("learns many orders at once") == true)
      #expect(said("made:5", loss) == nil && said("nade:5", loss) == nil)
    }
    #expect(said("made:5", "likelihood", .rbm)?.contains("only a NADE can") == true)
    #expect(said("nade:5", "likelihood", .rbm) == nil)
    #expect(said("made:5", "likelihood", .random) == nil)
  }

  @Test func theRecipeAsksForTheSame() throws {
    let fit = GenerativeFit(
      teacher: "a: b.npz",
      distillation: DistillationPlan(student: "made:7-5", loss: "conditional + 0.1 squared")
    )
    let recipe = JobRecipe(fit, seed: 9)
    let text = try recipe.yaml(RecipeOrigin(data: [], machine: .current()))
    let again = try JobRecipe(yaml: text)
    #expect(again.job as? GenerativeFit == fit && again.seed == 9)
  }

  @Test(arguments: [
    ("generative-widths", "generative-widths"), ("generative-partition", "generative-partition"),
    ("generative-demo", "generative-demo"), ("generative-best", "generative-fit"),
  ])
  func recipesOfTheRepositoryAreRead(name: String, experiment: String) throws {
    let text = try DocumentationTests.text("Recipes/\(name).yaml")
    let recipe = try JobRecipe(yaml: text)
    #expect(type(of: recipe.job).name == experiment)
  }

  /// Refused before any work: counts that no memory holds, and a file in a folder that is not there.
  @Test(arguments: [
    (["sample", "a.npz", "--out", "a.png", "--count", "99999999999"], "--count 99999999999"),
    (["sample", "a.npz", "--out", "a.png", "--burn-in", "0"], "--burn-in 0"),
    (
      ["evaluate", "a.safetensors", "--teacher", "a.npz", "--out", "/nowhere/a.json"],
      "there is no folder '/nowhere'"
    ),
  ])
  func whatCannotBeIsSaidAtOnce(arguments: [String], says: String) {
    do {
      _ = try Program.parsed(["generative"] + arguments)
      Issue.record("accepted")
    } catch {
      #expect(Program.message(for: error).contains(says))
    }
  }

  @Test func shapesOfImages() throws {
    #expect(ImageShape(pixels: 784) == (try ImageShape("28x28", pixels: 784)))
    #expect(ImageShape(pixels: 12) == (try ImageShape("1x12", pixels: 12)))
    for text in ["28", "28x27", "0x784", "axb", "-28x-28", "9223372036854775807x2", "28x28x"] {
      #expect(refusal { try ImageShape(text, pixels: 784) }?.contains("--shape \(text)") == true)
    }
  }

  /// By what it costs: 2²⁰ states of 784 units would take many seconds unasked.
  @Test func enumerationIsMadeUnaskedWhereItTakesSeconds() throws {
    func methods(_ visible: Int, _ hidden: Int, asked: [PartitionMethod] = []) throws
      -> [PartitionMethod]
    {
      let rbm = RBM(
        weights: .zeros([visible, hidden]),
        visibleBias: .zeros([visible]),
        hiddenBias: .zeros([hidden])
      )
      return try PartitionPlan(methods: asked).methods(rbm, hasStudent: false)
    }
    #expect(try methods(784, 16).contains(.enumeration))
    #expect(try methods(20, 20).contains(.enumeration))
    #expect(try !methods(784, 20).contains(.enumeration))
    #expect(try methods(784, 20, asked: [.enumeration]) == [.enumeration])
  }
}
