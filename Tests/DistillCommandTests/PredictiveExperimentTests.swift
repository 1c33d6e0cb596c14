import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// The recipes of compact predictive distributions at small sizes: what they write, that they go on,
/// and that they stop.
@Suite struct PredictiveExperimentTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private func withRun<Result>(
    _ interruption: Interruption = Interruption(write: { _ in }, quit: {}),
    _ body: (Run) throws -> Result
  ) throws -> Result {
    try withScratchFolder { place in
      let transcript = Transcript()
      return try body(
        Run(
          folder: RunFolder.create(for: "run", at: place.path, recipe: ""),
          seed: 1,
          device: .cpu,
          work: Console(.quiet, results: transcript.output(), remarks: transcript.output()).work(
            interruption
          )
        )
      )
    }
  }

  private var logistic: PredictiveLogistic {
    var recipe = PredictiveLogistic()
    (recipe.seeds, recipe.draws, recipe.components, recipe.iterations) = (2, 100, 3, 30)
    (recipe.testInputs, recipe.otherComponents, recipe.otherDraws) = (100, [1], [20])
    return recipe
  }

  private var mixture: PredictiveMixture {
    var recipe = PredictiveMixture()
    (recipe.seeds, recipe.data, recipe.draws, recipe.sweptData) = (2, [2, 30], 100, 3)
    (recipe.batchValues, recipe.pairs) = (40, 20)
    (recipe.updates, recipe.otherComponents, recipe.otherDraws) = (5, [1, 3], [20])
    return recipe
  }

  private var diabetes: PredictiveDiabetes {
    var recipe = PredictiveDiabetes()
    recipe.folder = Self.root.appendingPathComponent("Recipes/diabetes").path
    (recipe.seeds, recipe.steps, recipe.hidden, recipe.thinning) = (2, 10, 3, 200)
    return recipe
  }

  private var recipes: [any Job] { [logistic, mixture, diabetes] }

  /// Every file is there; a second run in the same folder reads all parts and writes the same table.
  @Test(arguments: 0..<3)
  func tablesFiguresAndResultsAreWritten(_ index: Int) throws {
    let recipe = recipes[index]
    _ = try recipe.dataFiles()
    try withRun { run in
      try recipe.perform(run)
      let table = try String(contentsOf: run.folder.file(RunFolder.table), encoding: .utf8)
      let report = try String(contentsOf: run.folder.file(RunFolder.report), encoding: .utf8)
      #expect(table.contains("±") && !table.lowercased().contains("nan"))
      #expect(report.contains("<svg") && report.hasSuffix("</html>\n"))
      #expect(run.folder.contains("results.json"))
      if recipe is PredictiveDiabetes {
        _ = try CompactStudent.read(from: run.folder.file(PredictiveRun.student))
      }
      // What was finished is not done again: a part that is gone is.
      let parts = try FileManager.default.contentsOfDirectory(atPath: run.folder.url.path)
        .filter { $0.contains("seed-1") && $0.hasSuffix(".json") }
      #expect(!parts.isEmpty)
      try recipe.perform(run)
      let again = try String(contentsOf: run.folder.file(RunFolder.table), encoding: .utf8)
      #expect(again == table)
    }
  }

  /// What is kept of the diabetes experiment takes measurements, and gives densities, in their own units.
  @Test func diabetesStudentsAreOfTheirOwnUnits() throws {
    let folder = diabetes.folder
    let posterior = try DiabetesPosterior(in: folder, files: diabetes.draws, thinning: 500)
    let network = MixtureDensityNetwork(
      [10, 3],
      components: 2,
      .float64,
      using: RandomGenerator(seed: 2)
    )
    let student = try posterior.student(network)
    #expect(student.inputs == ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"])
    let file = URL(fileURLWithPath: folder).appendingPathComponent("diabetes.csv")
    let rows = try CSV.read(from: file).values.rowsOfScalars
    for place in 0..<4 {
      // Every eighth patient is known.
      let row = rows[8 * place]
      let mixture = try network.mixtures(at: Tensor([posterior.training.inputs[place]]))[0]
      let inputs = Tensor([Array(row.dropLast())])
      guard case .outcomes(let outcomes) = try student.predictions(at: inputs) else {
        Issue.record("it predicts numbers")
        return
      }
      let scaled = posterior.training.outcomes[place]
      let expected = mixture.logProbability(of: scaled) - log(posterior.outcomeScale)
      #expect(abs(outcomes[0].logProbability(of: row.last!) - expected) < 1e-9)
    }
  }

  /// Ctrl-C before the first part is finished: nothing is written but what is finished, and the
  /// sentence says how to go on.
  @Test(arguments: 0..<3)
  func stopsWhenAsked(_ index: Int) throws {
    let recipe = recipes[index]
    let interruption = Interruption(write: { _ in }, quit: {})
    interruption.arrive()
    try withRun(interruption) { run in
      let error = try #require(throws: Stopped.self) { try recipe.perform(run) }
      #expect(error.description.contains("resume with"))
      #expect(!run.folder.contains(RunFolder.report))
    }
  }

  /// The recipes in the repository are recipes, and say nothing that the experiments do not know.
  @Test(arguments: [
    "predictive-logistic", "predictive-mixture", "predictive-fashion-mnist", "predictive-diabetes",
  ])
  func recipesCanBeRead(_ name: String) throws {
    let file = Self.root.appendingPathComponent("Recipes/\(name).yaml")
    let recipe = try JobRecipe(yaml: String(contentsOf: file, encoding: .utf8))
    #expect(type(of: recipe.job).name == name)
  }

  @Test func badNumbersAreRefusedInASentence() throws {
    var recipe = logistic
    recipe.components = 0
    try withRun { run in
      #expect(throws: RunError.self) { try recipe.perform(run) }
      var mixture = mixture
      mixture.otherDraws = [201]
      #expect(throws: RunError.self) { try mixture.perform(run) }
      var diabetes = diabetes
      diabetes.folder = "nowhere"
      #expect(throws: RunError.self) { try diabetes.dataFiles() }
    }
  }
}
