import Distill
import Foundation

/// Looks for the learning rate, the temperature and the weight of derivatives with which a student
/// comes closest to the teacher on the validation examples; test examples are never looked at.
///
/// Trials are kept in a file of the run, so that an interrupted search goes on.
struct CompressionSearch {
  static let file = "search.json"

  let training: CompressionTraining
  let folder: RunFolder
  let console: Console

  /// The best candidate of the last round, and every trial.
  func perform(budget: Int) throws -> (chosen: SearchCandidate, trials: [SearchTrial]) {
    let plan = training.plan
    let grid = try SearchGrid(
      around: plan.training.optimizer.learningRate,
      Loss(parsing: plan.loss),
      budget: budget
    )
    var trials = try recorded()
    let teacher = try training.predictions(of: training.teacher, on: training.data.validation)
    var candidates = grid.candidates
    for (round, steps) in grid.steps.enumerated() {
      console.say(
        "search, round \(round + 1) of \(grid.steps.count): \(candidates.count) candidates of "
          + "\(grouped(steps)) steps each"
      )
      var results: [SearchTrial] = []
      for (index, candidate) in candidates.enumerated() {
        if let done = trials.first(where: { $0.round == round + 1 && $0.candidate == candidate }) {
          results.append(done)
          continue
        }
        let name = "round \(round + 1), candidate \(index + 1) of \(candidates.count)"
        let trial = try perform(candidate, round: round + 1, steps: steps, named: name, teacher)
        trials.append(trial)
        results.append(trial)
        try folder.write(jsonLine(trials), to: Self.file)
      }
      results.sort {
        ($0.divergence, $0.candidate.learningRate) < ($1.divergence, $1.candidate.learningRate)
      }
      candidates = results.prefix(SearchGrid.survivors(of: results.count)).map(\.candidate)
    }
    return (candidates[0], trials)
  }

  private func perform(
    _ candidate: SearchCandidate,
    round: Int,
    steps: Int,
    named name: String,
    _ teacher: ClassPredictions
  ) throws -> SearchTrial {
    var plan = training.plan.training
    plan.steps = steps
    plan.optimizer.learningRate = candidate.learningRate
    let validation = training.data.validation
    var (divergence, accuracy) = (Double.infinity, 0.0)
    do {
      let network = try training.train(
        minimizing: Loss(parsing: candidate.loss),
        plan,
        seed: training.plan.seed,
        named: name
      ).network
      let own = try training.predictions(of: Ensemble([network]), on: validation)
      divergence = own.divergence(from: teacher).mean().doubleValue
      accuracy = own.correctness.mean().doubleValue
    } catch let error as DistillationError where "\(error)".hasPrefix("the loss is ") {
      // A rate too large for the loss is an answer too.
      console.say("\(name): \(error)")
    }
    return SearchTrial(
      round: round,
      candidate: candidate,
      steps: steps,
      divergence: divergence.isNaN ? .infinity : divergence,
      accuracy: accuracy
    )
  }

  private func recorded() throws -> [SearchTrial] {
    guard folder.contains(Self.file) else { return [] }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf",
      negativeInfinity: "-inf",
      nan: "nan"
    )
    do {
      return try decoder.decode([SearchTrial].self, from: Data(contentsOf: folder.file(Self.file)))
    } catch {
      throw CommandError("'\(folder.file(Self.file).path)' is damaged: delete it to search again")
    }
  }

  /// Every trial, the best of a round first.
  static func table(_ trials: [SearchTrial]) -> TextTable {
    var table = TextTable(
      columns: ["round", "learning rate", "loss", "steps", "validation KL", "accuracy %"],
      alignments: [.right, .right, .left, .right, .right, .right]
    )
    for trial in trials.sorted(by: { ($0.round, $0.divergence) < ($1.round, $1.divergence) }) {
      table.append([
        "\(trial.round)", String(format: "%.2g", trial.candidate.learningRate),
        trial.candidate.loss, grouped(trial.steps), String(format: "%.4f", trial.divergence),
        String(format: "%.1f", 100 * trial.accuracy),
      ])
    }
    return table
  }
}
