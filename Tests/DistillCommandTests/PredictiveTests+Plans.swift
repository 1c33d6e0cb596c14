import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Plans of predictive runs: what is refused, and recipes.
extension PredictiveTests {
  /// Every complaint is one sentence that names the matter.
  @Test func hostileFiles() throws {
    try withScratchFolder { folder in
      func file(_ text: String) throws -> String {
        let url = folder.appendingPathComponent(UUID().uuidString + ".csv")
        try Data(text.utf8).write(to: url)
        return url.path
      }
      func expect(_ words: String, of arguments: [String]) {
        let run = folder.appendingPathComponent(UUID().uuidString)
        let sentence =
          refusal { try performPredictive(arguments, in: run) } ?? "nothing was refused"
        #expect(sentence.contains(words), "\(sentence)")
        #expect(!sentence.contains("\n"))
      }
      func expectOfDraws(_ words: String, _ draws: String, _ more: [String] = []) {
        var common = ["--inputs", "gaussian:1", "--steps", "2"]
        if more.contains("values") { common = ["--steps", "2"] }
        if more.contains("mixture") { common = [] }
        expect(words, of: ["--draws", draws] + common + more)
      }
      let good = try file("beta.1,beta.2,sigma\n1,2,1\n3,4,1\n")
      expectOfDraws("/nowhere.csv cannot be read", "/nowhere.csv")
      expectOfDraws("did you mean beta?", good, ["--parameters", "bata"])
      expectOfDraws(
        "line 3 (draw 2) has nan for beta.2",
        try file("beta.1,beta.2\n1,2\n1,nan\n")
      )
      expectOfDraws("line 3 has 2 values", try file("beta.1\n1\n1,2\n"))
      expectOfDraws("linear regression needs its noise", good, ["--model", "linear"])
      expectOfDraws(
        "the noise, which must be positive",
        try file("beta,sigma\n1,-1\n"),
        ["--model", "linear", "--noise", "sigma"]
      )
      expectOfDraws(
        "is a divergent draw",
        try file("beta,divergent__\n1,0\n2,1\n"),
        ["--divergent", "refuse"]
      )
      expectOfDraws("needs the inputs", good, ["--model", "values", "--parameters", "beta"])
      expectOfDraws("--deviations", good, ["--model", "mixture", "--parameters", "beta"])
      expect("say where to distil", of: ["--draws", good, "--parameters", "beta"])
      expect("needs --data with a table and --outcome", of: [])
      expect(
        "the draws have 2 weights and the data 5 inputs",
        of: ["--draws", good, "--data", table("tumours.csv"), "--outcome", "tumour"]
      )
      expect(
        "did you mean progression?",
        of: [
          "--draws", good, "--data", table("diabetes.csv"), "--outcome", "progresion", "--model",
          "linear", "--noise", "sigma",
        ]
      )
    }
  }

  @Test(arguments: [
    ["--family", "gaussian-mixture"], ["--inputs", "gaussian:-1"], ["--hidden", "8,,8"],
    ["--components", "0"], ["--prior", "0"], ["--draws", "-", "a.csv"],
    ["--values", "densities"], ["--burn-in", "-1"], ["--loss", "love"],
  ])
  func nonsenseIsRefusedAsUsage(arguments: [String]) {
    do {
      _ = try Program.parsed(["predictive"] + arguments)
      Issue.record("\(arguments) were accepted")
    } catch {
      #expect(Program.exitCode(for: error) == .validationFailure)
    }
  }

  /// A recipe gives the same plan again.
  @Test func plansComeBack() throws {
    let plan = try PredictiveCommand.parse(
      diabetes + [
        "--free-weights", "--online", "--accept-bias", "--incomplete", "--reuse", "3", "--noise",
        "2.5", "--classes", "no, yes", "--inputs", "gaussian:2.5", "--family", "medoids",
      ]
    ).plan
    let origin = RecipeOrigin(data: [], machine: .current())
    let again = try JobRecipe(
      yaml: JobRecipe(plan, seed: 7).yaml(origin),
      settings: ["sampling={burnIn: 5}", "student={steps: 20}"]
    )
    var expected = plan
    (expected.sampling.burnIn, expected.student.steps) = (5, 20)
    #expect(again.job as? PredictivePlan == expected && again.seed == 7)
    #expect(expected.draws.files.count == 2 && expected.data.classes == ["no", "yes"])
    let sentence = refusal {
      try JobRecipe(yaml: "experiment: predictive\nstudent: {step: 3}\n")
    }
    #expect(sentence?.contains("predictive's student has no option 'step'") == true)
  }

  /// A run's recipe, performed by `distill run`, makes the same student; so does one of version 0.1,
  /// which was a list of arguments.
  @Test func recipesAreRun() throws {
    try withScratchFolder { folder in
      let (first, again) = (
        folder.appendingPathComponent("first"), folder.appendingPathComponent("again")
      )
      try performPredictive(diabetes + ["--steps", "40"], in: first)
      let recipe = first.appendingPathComponent("recipe.yaml").path
      var run = try Program.parseAsRoot(["run", recipe, "--out", again.path, "--quiet"])
      try run.run()
      let students = try [first, again].map {
        try Data(contentsOf: $0.appendingPathComponent("student.json"))
      }
      #expect(students[0] == students[1])
      let former = try String(
        contentsOf: DocumentationTests.checkout.appendingPathComponent(
          "Tests/DistillCommandTests/Fixtures/0.1.0/finished/logistic/recipe.yaml"
        ),
        encoding: .utf8
      )
      let plan = try #require(
        JobRecipe(yaml: recipeOfToday(former)).job as? PredictivePlan
      )
      #expect(plan.student.family == .one(.mixtureOfLogistics) && plan.student.steps == 6_000)
      #expect(plan.data.inputs == .rows && plan.draws.intercept == "alpha" && plan.isCertified)
    }
  }
}
