import Distill
import Foundation
import Runs

/// A regression on real patients, from draws that another program wrote: 2,000 draws become one small
/// network that gives a density, or a formula.
package struct PredictiveDiabetes: Job {
  package static let name = "predictive-diabetes"

  /// Holds `diabetes.csv` and the files of draws.
  package var folder = "Recipes/diabetes"
  package var draws = ["draws-1.csv", "draws-2.csv", "draws-3.csv", "draws-4.csv"]
  /// Every how many draws is in the bag.
  package var thinning = 1
  /// Students are made anew with each.
  package var seeds = 5
  /// Units of the hidden layer.
  package var hidden = 16
  /// Gaussians of each predicted density.
  package var components = 2
  package var steps = 8_000
  package var batchSize = 50
  /// The standard deviation of the noise on training inputs, in standardised units.
  package var perturbation = 0.5
  package var learningRate = 3e-3
  /// Draws kept by the baselines.
  package var few = 10

  package init() {}

  package func check() throws {
    try requireCount("draws", draws.count, atMost: 1_000)
    try requireCounts("thinning and few", [thinning, few])
    try requireCount("seeds", seeds, atMost: 1_000)
    try requireCount("hidden", hidden, atMost: 65_535)
    try requireCount("components", components, atMost: 10_000)
    try requireCount("steps", steps, atLeast: 2, atMost: mostSteps)
    try requireCount("batchSize", batchSize)
    try requireNumbers("perturbation", [perturbation], .notNegative(atMost: 1e6))
    try requireNumbers("learningRate", [learningRate], .learningRate)
  }

  package func dataFiles() throws -> [URL] {
    try (["diabetes.csv"] + draws).map { name in
      let file = URL(fileURLWithPath: folder).appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: file.path) else {
        throw RunError(
          "there is no \(name) in '\(folder)': start where the folder Recipes is, or name it with "
            + "--set folder=DIR"
        )
      }
      return file
    }
  }

  /// How a density predicts the patients that were held out.
  package struct Score: Codable {
    package let name: String
    /// KL(all draws ‖ it), the mean over patients, nats.
    package let divergence: Double
    /// The mean log-density of what happened, in the outcome's own units, nats.
    package let logProbability: Double
    /// The share of outcomes inside the central 90% interval, and its mean width in own units.
    package let coverage: Double
    package let width: Double
    /// Numbers that it is made of.
    package let numbers: Int
    /// For one patient's density on the grid.
    package let microseconds: Double
  }

  package func perform(_ run: Run) throws {
    try check()
    let posterior = try DiabetesPosterior(in: folder, files: draws, thinning: thinning)
    run.work.note(
      "\(grouped(posterior.draws.count)) draws of \(draws.count) chains; "
        + "\(posterior.training.outcomes.count) patients behind them, "
        + "\(posterior.test.outcomes.count) held out"
    )
    let judge = DiabetesJudge(posterior)
    let baselines = try run.kept("baselines") {
      try DiabetesBaselines(self, posterior, judge).scores
    }
    var scores: [[Score]] = []
    var formula = ""
    for index in 0..<seeds {
      func isLikeFirst(_ part: Part) -> Bool {
        scores.first.map { $0.count == part.scores.count } ?? true
      }
      let part = try run.kept("seed-\(index + 1)", checking: isLikeFirst) { () throws -> Part in
        try run.stopIfAsked("\(index) of \(seeds) seeds")
        return try run.onOneThread { try students(of: index, posterior, judge, run) }
      }
      scores.append(part.scores)
      if index == 0 { formula = part.formula }
    }
    try PredictiveDiabetesReport(
      recipe: self,
      posterior: posterior,
      baselines: baselines,
      students: scores,
      formula: formula
    ).write(run)
  }

  /// All students of one seed.
  private func students(
    of index: Int,
    _ posterior: DiabetesPosterior,
    _ judge: DiabetesJudge,
    _ run: Run
  ) throws -> Part {
    var scores: [Score] = []
    var formula = ""
    for (name, widths, k, isOnline) in [
      ("network, batch", [10, hidden], components, false),
      ("network, online from the files", [10, hidden], components, true),
      ("linear formula, batch", [10], 1, false),
    ] {
      let network = try train(
        widths,
        components: k,
        isOnline: isOnline,
        posterior,
        run,
        "\(name), seed \(index + 1) of \(seeds)",
        seed: run.seed &+ UInt64(index)
      )
      if index == 0, name.hasPrefix("network, online") {
        try run.folder.write(posterior.student(network).json(), to: PredictiveRun.student)
      }
      if widths.count == 1 { formula = Self.formula(network) }
      scores.append(
        try judge.score(name, numbers: network.parameterCount) { x in
          let mixture = try network.mixtures(at: Tensor([x]))[0]
          return { mixture.logProbability(of: $0) }
        }
      )
    }
    return Part(scores: scores, formula: formula)
  }

  private struct Part: Codable {
    let scores: [Score]
    let formula: String
  }

  /// Maximum likelihood on predictive samples: each example takes a draw and an outcome of its own.
  private func train(
    _ widths: [Int],
    components: Int,
    isOnline: Bool,
    _ posterior: DiabetesPosterior,
    _ run: Run,
    _ name: String,
    seed: UInt64
  ) throws -> MixtureDensityNetwork {
    let network = MixtureDensityNetwork(
      widths,
      components: components,
      .float64,
      using: RandomGenerator(seed: seed)
    )
    let noise = perturbation
    let inputs = Examples(Tensor(posterior.training.inputs))
      .batches(
        of: min(batchSize, posterior.training.inputs.count),
        epochs: nil,
        shuffled: seed &+ 1,
        droppingLast: true
      )
      .limited(to: steps)
      .mapped(seed: seed &+ 2) { batch, generator in
        var batch = batch
        let shift = Tensor.normal(batch.inputs.shape, .float64, using: generator)
        batch.inputs = batch.inputs + shift * noise
        return batch
      }
    let stream: any DrawStream =
      isOnline
      ? CirculatingDraws(
        try DrawFile(posterior.files, variables: DiabetesPosterior.variables)
      ) : PickedDraws(posterior.draws, seed: seed &+ 3)
    run.work.begin(name, of: steps)
    let record = try Distill.train(
      network,
      observedAs: .reals,
      on: PredictiveSamples(stream, of: posterior.model, at: inputs, seed: seed &+ 4),
      minimizing: network.negativeLogLikelihood,
      using: Adam(learningRate: learningRate),
      schedule: .linear(over: steps),
      seed: seed
    ) { progress in
      run.work.update(progress.step, loss: progress.loss)
      return run.work.isCancelled() ? .stop : .proceed
    }
    run.work.end()
    guard record.ending == .finished else { throw run.stopped("the seeds before") }
    return network
  }

  /// The linear student as a formula in standardised units.
  private static func formula(_ network: MixtureDensityNetwork) -> String {
    let layer = network.body.layers[0]
    let rows = layer.weight.value.unbound().map { $0.scalars(Double.self) }
    let biases = layer.bias!.value.scalars(Double.self)
    let names = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]
    func linear(_ row: Int) -> String {
      zip(rows[row], names).reduce(String(format: "%.3f", biases[row])) {
        $0 + String(format: " %@ %.3f ", $1.0 < 0 ? "−" : "+", abs($1.0)) + $1.1
      }
    }
    return "progression ~ N(m, s²)\nm = \(linear(1))\nlog s = \(linear(2))"
  }
}
