import Distill
import Foundation
import Runs

/// The thesis' experiment with an RBM of digits (Papamakarios 2015, section 3.3): NADEs of several
/// widths, by several losses, under several recipes.
package struct GenerativeWidths: Job {
  package static let name = "generative-widths"

  /// The folder with the RBM and the digits.
  package var data: String = SharedData.folder
  package var widths = [250, 500, 750, 1000]
  /// `likelihood` is the thesis' loss 6 and `squared` its loss 7.
  package var losses = ["likelihood", "squared"]
  /// `thesis` is its own recipe and `ours` the one that `distill generative fit` follows.
  package var recipes = ["ours", "thesis"]
  package var steps = 30_000
  /// Samples on each side for log Z and the divergences.
  package var samples = 10_000
  /// log Z of the RBM as others found it: of the usual one by AIS and bridge sampling together, ± 0.06.
  package var reference = 451.25

  package init() {}

  package init(
    data: String = SharedData.folder,
    widths: [Int] = [250, 500, 750, 1000],
    losses: [String] = ["likelihood", "squared"],
    recipes: [String] = ["ours", "thesis"],
    steps: Int = 30_000,
    samples: Int = 10_000
  ) {
    self.data = data
    self.widths = widths
    self.losses = losses
    self.recipes = recipes
    self.steps = steps
    self.samples = samples
  }

  package func check() throws {
    for (name, isEmpty) in [
      ("widths", widths.isEmpty), ("losses", losses.isEmpty), ("recipes", recipes.isEmpty),
    ] where isEmpty {
      throw RunError("\(name): \(Self.name) needs at least one")
    }
    for one in cases { try plan(one).check() }
    guard Set(cases).count == cases.count else {
      throw RunError("widths, losses and recipes: name each once")
    }
    try PartitionPlan(samples: samples).check()
    try requireNumbers("reference", [reference], .within(1e12))
  }

  package func dataFiles() throws -> [URL] {
    try [SharedData.rbm, SharedData.digits].map { try SharedData.file($0, in: data) }
  }

  /// One student of the sweep.
  package struct Case: Hashable {
    package let recipe: String
    package let width: Int
    package let loss: String
    /// The part of file names.
    package var file: String { "\(recipe)-\(width)-\(loss)" }
    package var name: String { "\(recipe), H = \(width), loss \(loss == "squared" ? 7 : 6)" }
  }

  package var cases: [Case] {
    recipes.flatMap { recipe in
      losses.flatMap { loss in
        widths.map { Case(recipe: recipe, width: $0, loss: loss) }
      }
    }
  }

  /// How the student of a case is made.
  ///
  /// - Throws: `RunError` for a recipe or loss that there is not.
  package func plan(_ one: Case) throws -> DistillationPlan {
    guard ["likelihood", "squared"].contains(one.loss) else {
      throw RunError("there is no loss '\(one.loss)' in \(Self.name): likelihood or squared")
    }
    switch one.recipe {
    case "thesis": return .thesis(hidden: one.width, loss: one.loss, steps: steps)
    case "ours":
      // The square error keeps its own term: with the conditionals' it has less variance.
      return DistillationPlan(
        student: "nade:\(one.width)",
        loss: one.loss == "squared" ? "squared" : "conditional",
        steps: steps
      )
    default:
      throw RunError("there is no recipe '\(one.recipe)' in \(Self.name): ours or thesis")
    }
  }

  package func perform(_ run: Run) throws {
    let files = try dataFiles()
    let rbm = try ModelFile.rbm(at: files[0].path)
    let images = try binaryImages(at: files[1].path + ":test", usual: [], width: rbm.inputs)
    let plans = try cases.map(plan)
    // All plans differ in the student and its loss only: the samples are drawn once.
    let shared = try plans[0].samples(of: rbm, shared: true, seed: run.seed)
    var outcomes: [WidthOutcome] = []
    for (one, plan) in zip(cases, plans) {
      let done = { "\(outcomes.count) of \(plans.count) students" }
      let outcome = try run.kept("\(one.file)") {
        try WidthRun(
          run: run,
          rbm: rbm,
          images: images,
          one: one,
          plan: plan,
          shared: shared,
          samples: samples
        ).perform(done)
      }
      outcomes.append(outcome)
      run.work.show(outcome.line, outcome)
    }
    try WidthReport(experiment: self, outcomes: outcomes, rbm: rbm, images: images).write(run)
  }
}
