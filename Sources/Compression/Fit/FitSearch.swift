import Distillation
import Exchange
import Foundation
import Mathematics
import Reporting
import Tensors

/// Looks for the cheapest student that is as good as a budget says, or for the best that costs no more:
/// ``SuccessiveHalving`` among the candidates of a plan, each trained as the student itself would be, by
/// the validation examples; test examples are never looked at.
///
/// Trials are kept in a file of the run, and the one that goes on in a checkpoint, so that an interrupted
/// search resumes.
package struct FitSearch {
  package static let file = "fit.json"

  private let fit: FitPlan
  private let plan: CompressionPlan
  private let training: CompressionTraining
  private let folder: RunFolder
  private let work: Work

  package init(_ training: CompressionTraining, _ fit: FitPlan, in folder: RunFolder, _ work: Work)
  {
    (self.training, self.fit, self.folder, self.work) = (training, fit, folder, work)
    plan = training.plan
  }

  /// The trials of all rounds, in their order.
  ///
  /// - Throws: `Stopped` when it was asked to stop; `RunError` when the file of trials is damaged.
  package func perform() throws -> [FitTrial] {
    defer { training.adopt(plan) }
    var trials = try Self.trials(in: folder, of: fit)
    var numbers = Array(fit.candidates.indices)
    let rounds = fit.schedule.sizes.count
    for round in 0..<rounds {
      let longest = numbers.map { fit.steps($0, round: round) }.max() ?? 0
      work.note(
        "fit, round \(round + 1) of \(rounds): \(numbers.count) students of up to "
          + "\(grouped(longest)) steps each"
      )
      let results = try numbers.enumerated().map { place, number in
        let name = "fit-\(round + 1)-\(number + 1).checkpoint.safetensors"
        if let done = trials.first(where: { $0.round == round + 1 && $0.candidate == number }) {
          // Where it was stopped between the trial and what follows.
          folder.removeCheckpoint(name)
          return done
        }
        let title = "fit, round \(round + 1), student \(place + 1) of \(numbers.count)"
        let trial = try self.trial(
          number,
          round: round,
          named: title,
          checkpoint: folder.file(name)
        )
        trials.append(trial)
        try folder.write(jsonLine(trials), to: Self.file)
        work.tried(trial.told(of: fit.candidates[number]))
        folder.removeCheckpoint(name)
        return trial
      }
      guard round < rounds - 1 else { break }
      numbers = fit.ranked(results).prefix(SuccessiveHalving.survivors(of: numbers.count))
        .map(\.candidate)
    }
    return trials
  }

  private func trial(
    _ number: Int,
    round: Int,
    named name: String,
    checkpoint: URL
  ) throws -> FitTrial {
    let steps = fit.steps(number, round: round)
    training.adopt(try plan.fitted(to: fit.candidates[number], steps: steps))
    var trial = FitTrial(
      round: round + 1,
      candidate: number,
      steps: steps,
      agreement: 0,
      accuracy: plan.data.isLabelled ? 0 : nil,
      divergence: .infinity,
      standardError: 0
    )
    do {
      let network = try training.train(
        .student,
        seed: plan.seed,
        named: name,
        checkpoint: checkpoint
      ).network
      let own = try training.predictions(of: Ensemble([network]), on: training.data.validation)
      let teacher = try training.teacherPredictions(.validation)
      let measured: [FitBudget.Measure: Estimate] = [
        .agreement: Estimate(of: own.agreement(with: teacher)),
        .accuracy: Estimate(of: own.correctness), .kl: Estimate(of: own.divergence(from: teacher)),
      ]
      guard measured.values.allSatisfy({ $0.mean.isFinite }) else { return trial }
      trial.agreement = measured[.agreement]!.mean
      if trial.accuracy != nil { trial.accuracy = measured[.accuracy]!.mean }
      trial.divergence = measured[.kl]!.mean
      let error = measured[fit.budget.target?.measure ?? .agreement]!.standardError
      if error.isFinite { trial.standardError = error }
    } catch let error as DistillationError {
      guard case .nonFiniteLoss = error else { throw error }
      // A loss too steep for the network is an answer too.
      work.note("\(name): \(error)")
    }
    return trial
  }

  /// What is done of a search.
  ///
  /// - Throws: `RunError` when the file is damaged.
  package static func trials(in folder: RunFolder, of fit: FitPlan) throws -> [FitTrial] {
    guard folder.contains(file) else { return [] }
    let data = try RegularFile.data(folder.file(file))
    guard let trials = try? JSONDecoder.ofAllNumbers.decode([FitTrial].self, from: data),
      trials.allSatisfy({ fit.candidates.indices.contains($0.candidate) })
    else {
      throw RunError(
        "'\(folder.file(file).path)' is damaged: delete it to look for a student again"
      )
    }
    return trials
  }
}
