import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Compressions by recipes: options that somebody wrote, and plans that runs recorded.
@Suite struct CompressJobTests {
  private func weights(_ folder: URL) throws -> Data {
    try Data(contentsOf: folder.appendingPathComponent(CompressionRun.studentFile))
  }

  @Test func aRecipeCompresses() throws {
    try withCompressWorld { world in
      let whole = try world.run(world.options(out: "whole")).folder.url
      let text = """
        experiment: compress
        seed: 1
        teacher: ['\(world.teachers)']
        teacherModel: \(CompressWorld.teacherModel)
        data: {path: '\(world.data)'}
        student: mlp:16-4-3
        budget: {amount: 60, unit: steps}
        keep: last
        """
      let folder = world.folder.appendingPathComponent("recipe")
      let recipe = try JobRecipe(yaml: text)
      try recipe.run(at: folder)
      #expect(try weights(folder) == weights(whole))
      // It is a run of compress like any other, and finished.
      try recipe.run(at: folder)
      #expect(try CompressionPlan.recorded(in: finishedRun(folder.path)).training.steps == 60)
      let refused = refusal { try JobRecipe(yaml: text, settings: ["out=elsewhere"]) }
      #expect(refused == "out is no part of a recipe: say --out to the program")
    }
  }

  /// As by the command; in a process of its own, because the number of threads is the process's.
  @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1))
  func aRecipeChoosesItsThreads() async throws {
    await #expect(processExitsWith: .success) {
      try withCompressWorld { world in
        Machine.threads = 2
        let text = """
          experiment: compress
          teacher: ['\(world.teachers)']
          teacherModel: \(CompressWorld.teacherModel)
          data: {path: '\(world.data)'}
          student: cnn:4c3-gap-3
          budget: {amount: 5, unit: steps}
          """
        let folder = world.folder.appendingPathComponent("recipe")
        try JobRecipe(yaml: text).run(at: folder)
        let plan = try CompressionPlan.recorded(in: finishedRun(folder.path))
        precondition(plan.training.threads != nil, "the number is not in the recipe")
      }
    }
  }

  @Test func aRecordedRunIsRepeated() throws {
    try withCompressWorld { world in
      let whole = try world.run(world.options(out: "whole")).folder
      let again = world.folder.appendingPathComponent("again")
      let text = try whole.recipeText()
      #expect(try repeatCompress(text, [], nil, at: again.path, on: .cpu, .silent))
      #expect(try weights(again) == weights(whole.url))
      let recorded = try CompressionPlan.recorded(in: finishedRun(again.path))
      #expect(try recorded == CompressionPlan.recorded(in: whole))
      #expect(
        refusal { try repeatCompress(text, ["loss=x"], nil, at: nil, on: .cpu, .silent) }?
          .hasPrefix("every choice of a recorded compression is made") == true
      )
      #expect(try !repeatCompress("experiment: toy", [], nil, at: nil, on: .cpu, .silent))
    }
  }

  @Test(arguments: [
    ("batchSize: 0", "batch 0: there must be"), ("validation: 1", "validation 1.0: must be from 0"),
    ("budget: {amount: 1e30, unit: steps}", "steps 1e+30: must be above 0"),
    ("budget: {amount: 0, unit: steps}", "steps 0: there must be"),
    ("certifiedSeeds: 1", "certify 1: there must be"), ("learningRate: .nan", "learningRate nan"),
    ("optimizerSettings: {beta1: 1}", "beta1 1.0: must be"), ("teacher: []", "teacher is missing"),
    ("teacherValues: a.npy", "teacherValues stands for the teacher: leave out teacher"),
    ("search: {amount: 5, unit: epochs}\nvalidation: 0", "search chooses by validation examples"),
    ("fit: agreement 2", "agreement must be above 0 and at most 1"),
    ("fit: 20 parsecs", "there is no unit 'parsecs'"), ("fit: 1e30 MB", "this is no limit"),
    ("fit: -1 us", "no part of a budget"), ("fit: 20 us", "name kinds to look among"),
    ("fit: {amount: 1}", "fit"),
    ("patience: 3\nkeep: last", "patience keeps the best weights: leave out keep last"),
    ("data: {path: d, classes: [a, a]}", "classes a,a: write different names"),
    ("optimizer: adm", "did you mean adam?"), ("teacherProgram: {workers: 0}", "teacherWorkers 0"),
  ])
  func isRefused(_ lines: String, _ says: String) {
    var fields = ["teacher": "[t.pt2]", "data": "{path: d}", "student": "mlp:4-3"]
    for name in ["teacher", "data"] where lines.hasPrefix("\(name):") { fields[name] = nil }
    let text = fields.map { "\($0): \($1)" } + ["experiment: compress", lines]
    let said = refusal { try JobRecipe(yaml: text.joined(separator: "\n")) }
    #expect(said?.contains(says) == true && said?.contains("\n") == false, "\(said ?? "taken")")
  }
}
