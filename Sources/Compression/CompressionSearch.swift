import Distillation
import Exchange
import Foundation
import Mathematics
import Reporting
import Tensors

/// Looks for the learning rate, the temperature and the weight of derivatives with which a student
/// comes closest to the teacher on the validation examples, and for the learning rate with which the
/// control gives their labels most probability; test examples are never looked at.
///
/// Trials are kept in a file of the run, so that an interrupted search resumes.
package struct CompressionSearch {
  package static let file = "search.json"

  package let training: CompressionTraining
  package let folder: RunFolder
  package let work: Work

  package init(
    training: CompressionTraining,
    folder: RunFolder,
    work: Work
  ) {
    self.training = training
    self.folder = folder
    self.work = work
  }

  /// What was found, and every trial.
  package struct Findings {
    package let student: SearchCandidate
    package let control: SearchCandidate
    package let trials: [SearchTrial]
    /// What was chosen at an end of what was tried, a sentence each.
    package let edges: [String]
  }

  package func perform(budget: Int) throws -> Findings {
    let plan = training.plan
    let grid = try SearchGrid(
      around: plan.training.optimizer.learningRate,
      Loss(parsing: plan.loss),
      control: plan.controlLoss,
      budget: budget
    )
    var trials = try recorded()
    let teacher = try training.teacherPredictions(.validation)
    /// The candidates of a round, the best first.
    func ranked(
      _ role: CompressionRole,
      _ candidates: [SearchCandidate],
      round: Int,
      steps: Int
    ) throws -> [SearchCandidate] {
      let name = role == .control ? "search, control" : "search, round \(round)"
      work.begin(name, of: candidates.count * steps)
      defer { work.end() }
      let results = try candidates.enumerated().map { index, candidate in
        if let done = trials.first(where: {
          $0.network == role && $0.round == round && $0.candidate == candidate
        }) {
          return done
        }
        let trial = try perform(
          role,
          candidate,
          round: round,
          steps: steps,
          done: index * steps,
          named: "\(name), candidate \(index + 1) of \(candidates.count)",
          teacher
        )
        trials.append(trial)
        try folder.write(jsonLine(trials), to: Self.file)
        work.tried(trial.told(as: "\(role.rawValue), round \(round), \(index + 1)"))
        return trial
      }
      return results.sorted { $0.rank < $1.rank }.map(\.candidate)
    }
    var candidates = grid.candidates
    // Has a progress of its own.
    _ = try training.observedTeacher(for: Loss(parsing: candidates[0].loss))
    for (round, steps) in grid.steps.enumerated() {
      work.note(
        "search, round \(round + 1) of \(grid.steps.count): \(candidates.count) candidates of "
          + "\(grouped(steps)) steps each"
      )
      candidates = try ranked(.student, candidates, round: round + 1, steps: steps)
      candidates = Array(candidates.prefix(SuccessiveHalving.survivors(of: candidates.count)))
    }
    let steps = grid.steps.last!
    work.note(
      "search for the control: \(grid.controlCandidates.count) learning rates of "
        + "\(grouped(steps)) steps each"
    )
    let control = try ranked(.control, grid.controlCandidates, round: 1, steps: steps)[0]
    return Findings(
      student: candidates[0],
      control: control,
      trials: trials,
      edges: grid.edges(student: candidates[0], control: control)
    )
  }

  private func perform(
    _ role: CompressionRole,
    _ candidate: SearchCandidate,
    round: Int,
    steps: Int,
    done: Int,
    named name: String,
    _ teacher: ClassPredictions
  ) throws -> SearchTrial {
    var plan = training.plan.training
    plan.steps = steps
    plan.optimizer.learningRate = candidate.learningRate
    let validation = training.data.validation
    var trial = SearchTrial(
      network: role,
      round: round,
      candidate: candidate,
      steps: steps,
      divergence: .infinity,
      logProbability: -.infinity,
      accuracy: 0
    )
    do {
      let network = try training.train(
        minimizing: training.weighted(Loss(parsing: candidate.loss), of: role),
        plan,
        seed: training.plan.seed,
        named: name,
        partOf: done
      ).network
      let own = try training.predictions(of: Ensemble([network]), on: validation)
      let divergence = own.divergence(from: teacher).mean().doubleValue
      let logProbability = own.logProbability.mean().doubleValue
      if !divergence.isNaN { trial.divergence = divergence }
      if !logProbability.isNaN { trial.logProbability = logProbability }
      trial.accuracy = own.correctness.mean().doubleValue
    } catch let error as DistillationError {
      guard case .nonFiniteLoss = error else { throw error }
      // A rate too large for the loss is an answer too.
      work.note("\(name): \(error)")
    }
    return trial
  }

  private func recorded() throws -> [SearchTrial] {
    guard folder.contains(Self.file) else { return [] }
    let data = try RegularFile.data(folder.file(Self.file))
    do {
      return try JSONDecoder.ofAllNumbers.decode([SearchTrial].self, from: data)
    } catch {
      throw RunError("'\(folder.file(Self.file).path)' is damaged: delete it to search again")
    }
  }

  /// Every trial, the student's before the control's, the last round (with the most steps) and the
  /// best of a round first; KL from the teacher, log-probability and accuracy of the labels.
  ///
  /// - Parameter most: Of each network; nil for all.
  package static func table(_ trials: [SearchTrial], most: Int? = nil) -> TextTable {
    var table = TextTable(
      columns: [
        "network", "rate", "loss", "steps", "KL", "log p", "acc.",
      ],
      alignments: [.left, .right, .left, .right, .right, .right, .right]
    )
    for role in CompressionRole.allCases {
      let own = trials.filter { $0.network == role }
      for trial in own.sorted(by: { $0.rank < $1.rank }).prefix(most ?? own.count) {
        table.append([
          role.rawValue, String(format: "%.2g", trial.candidate.learningRate),
          trial.candidate.loss, grouped(trial.steps), String(format: "%.4f", trial.divergence),
          String(format: "%.4f", trial.logProbability),
          String(format: "%.3f", trial.accuracy),
        ])
      }
    }
    return table
  }
}

extension SearchTrial {
  /// As curves have it.
  fileprivate func told(as name: String) -> Trial {
    Trial(
      name: name,
      settings: [
        "network": .text(network.rawValue), "loss": .text(candidate.loss),
        "learning rate": .number(candidate.learningRate), "steps": .number(Double(steps)),
      ],
      measures: [
        "validation/KL from the teacher": divergence,
        "validation/cross entropy of the labels": -logProbability,
        "validation/accuracy": accuracy,
      ]
    )
  }

  /// By rounds, the last first; within one, smaller is better, and of equals the smaller learning rate.
  fileprivate var rank: (Int, Double, Double) {
    (-round, network == .student ? divergence : -logProbability, candidate.learningRate)
  }
}
