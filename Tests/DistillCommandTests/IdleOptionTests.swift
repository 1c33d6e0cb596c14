import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Predictive
@testable import Runs

/// Options that change nothing in the chosen mode are mistakes.
@Suite struct IdleOptionTests {
  private static let taught = "compress --teacher t --student s --data"

  @Test(arguments: [
    ("demo --resume a --members 5", "--members"), ("demo --resume a --seed 1", "--seed"),
    ("demo --resume a --out b", "--out"), ("compress --resume a --epochs 3", "--epochs"),
    ("compress --resume a --seed 1", "--seed"),
    ("\(taught) d --test-labels l", "--test-labels"),
    ("\(taught) d --test t --test-share 0.2", "--test-share"),
    ("\(taught) d.csv --image-size 28x28", "--image-size"),
    ("\(taught) d.csv.gz --images x", "--images"), ("\(taught) d.npz --header yes", "--header"),
    ("\(taught) d.npy --labels l.npy --color grey", "--color"),
    ("\(taught) /tmp --labels y", "--labels"),
    ("\(taught) /tmp --ignore id", "--ignore"), ("\(taught) d.npz --inputs a,b", "--inputs"),
    ("observe --merge a b --out c --chunk 5", "--chunk"),
    ("observe --teacher t --out o --data d.npz --header yes", "--header"),
    ("run --resume a --set b=1", "--set"), ("run --resume a --seed 1", "--seed"),
    ("predictive --data d --outcome y --parameters b", "--parameters"),
    ("predictive --data d --outcome y --incomplete", "--incomplete"),
    ("predictive --data d --outcome y --noise 1", "--noise"),
    ("predictive --data d --outcome y --weights 1,1", "--weights"),
    ("predictive --data d --outcome y --values means", "--values"),
    ("predictive --data d --outcome y --hidden 8", "--hidden"),
    ("predictive --data d --outcome y --reuse 2", "--reuse"),
    ("predictive --data d --outcome y --accept-bias", "--accept-bias"),
    ("predictive --data d --outcome y --covariance full", "--covariance"),
    ("predictive --data d --outcome y --held-out h", "--held-out"),
    ("predictive --data d --outcome y --family network --components 3", "--components"),
    (
      "predictive --data d --outcome y --family dirichlet-network --loss cross-entropy", "--loss"
    ),
    ("predictive --draws c --inputs gaussian:1 --chains 2", "--chains"),
    ("predictive --draws c --inputs gaussian:1 --prior 1", "--prior"),
    ("predictive --draws c --inputs gaussian:1 --outcome y", "--outcome"),
    ("predictive --draws c --model samples --learning-rate 0.1", "--learning-rate"),
    ("predictive --draws c --model samples --steps 10", "--steps"),
    ("predictive --draws c --model samples --data d", "--data"),
    ("predictive --draws c --model values --data d --inputs gaussian:1", "--inputs"),
    ("generative train --resume a --epochs 2", "--epochs"),
    ("generative fit --resume a --seed 2", "--seed"),
    ("generative fit r --constant 1", "--constant"),
    ("generative fit r --loss likelihood --hidden-states 3", "--hidden-states"),
    ("generative fit r --runs 100", "--runs"),
    ("generative evaluate s --test t --samples 500", "--samples"),
    ("generative evaluate s --teacher r --temperatures 100", "--temperatures"),
    ("generative logz r --jump-every 5", "--jump-every"),
    ("generative logz r --samples 500", "--samples"),
    ("generative logz r --student s --methods bridge --runs 50", "--runs"),
    ("generative logz r --student s --methods ais --samples 500", "--samples"),
    ("generative logz r --methods enumeration --seed 3", "--seed"),
    ("generative sample r --out a.npz --shape 2x2", "--shape"),
  ])
  func areRefusedByName(line: String, option: String) {
    do {
      _ = try Program.parsed(line.split(separator: " ").map(String.init))
      Issue.record("taken: \(line)")
    } catch {
      #expect(Program.exitCode(for: error) == .validationFailure)
      let message = Program.message(for: error)
      let isNamed =
        message.hasPrefix("\(option) has no effect ") && message.hasSuffix(": leave it out.")
        || message == "--resume does what the recipe says: leave out \(option)."
      #expect(isNamed, "\(line): \(message)")
    }
  }

  @Test(arguments: [
    "demo --resume a --data d --threads 1 --quiet", "compress --resume a --observed cache",
    "generative logz r --methods ais --runs 50",
    "generative logz r --student s --samples 500", "generative fit r --loss squared --constant 1",
    "predictive --draws c --inputs gaussian:1 --online --reuse 3 --accept-bias",
    "predictive --data d --outcome y --family network --components 3 --certify",
    "predictive --draws c --model samples --online --batch-size 50",
    "\(taught) d.csv --header no --labels last", "\(taught) d.npz --images x --labels y",
  ])
  func othersAreTaken(line: String) {
    #expect(throws: Never.self) {
      try Program.parsed(line.split(separator: " ").map(String.init))
    }
  }

  /// A recipe asks for the same again.
  @Test func whatARecipeRecordsIsTaken() throws {
    for model in PredictiveModelName.allCases {
      for family in model.families {
        for rest in [
          ["--draws", "c.csv"], ["--data", "d.csv"], ["--data", "d.csv", "--online", "--certify"],
        ] where family.isTrained || model.isDensity || !rest.contains("--online") {
          let words = ["predictive", "--model", model.rawValue, "--family", family.rawValue]
          let command = try #require(Program.parsed(words + rest) as? PredictiveCommand)
          let recipe = JobRecipe(command.plan, seed: 1)
          let origin = RecipeOrigin(data: [], machine: .current())
          let again = try JobRecipe(yaml: recipe.yaml(origin)).job
          #expect(again as? PredictivePlan == command.plan)
        }
      }
    }
  }

  @Test(arguments: [
    ["demo", "--out="], ["demo", "--out", ""], ["compress", "--teacher", ""], ["inspect", ""],
    ["demo", "--resume="],
  ])
  func emptyValuesAreRefused(words: [String]) {
    do {
      _ = try Program.parsed(words)
      Issue.record("taken: \(words)")
    } catch {
      #expect(Program.exitCode(for: error) == .validationFailure)
      #expect(Program.message(for: error).hasSuffix(" is empty: give it a value."))
    }
  }
}
