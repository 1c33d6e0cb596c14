import Distillation
import Foundation
import Mathematics

/// A candidate, trained and looked at by the validation examples.
package struct FitTrial: Codable, Equatable {
  /// From 1.
  package var round: Int
  /// Its number among the candidates, from 0.
  package var candidate: Int
  package var steps: Int
  /// How often its class is the teacher's, and how often that of the label; nil where there are none.
  package var agreement: Double
  package var accuracy: Double?
  /// The mean KL from the teacher, in nats.
  package var divergence: Double
  /// Of the measure that the budget is about.
  package var standardError: Double

  /// A measure; infinite, or 0, where training failed.
  package func value(of measure: FitBudget.Measure) -> Double {
    switch measure {
    case .agreement: agreement
    case .accuracy: accuracy ?? 0
    case .kl: divergence
    }
  }

  /// The same, larger for better students; without a measure by the KL, which sees more than a class.
  package func quality(_ target: FitBudget.Target?) -> Double {
    let measure = target?.measure ?? .kl
    return measure == .kl ? -divergence : value(of: measure)
  }

  /// As curves have it.
  func told(of candidate: FitCandidate) -> Trial {
    var measures = [
      "validation/KL from the teacher": divergence,
      "validation/agreement with the teacher": agreement,
      "µs an example": candidate.cost.microseconds, "bytes": Double(candidate.cost.bytes),
    ]
    measures["validation/accuracy"] = accuracy
    return Trial(
      name: "fit, round \(round), \(self.candidate + 1)",
      settings: [
        "student": .text(candidate.student), "loss": .text(candidate.loss),
        "steps": .number(Double(steps)),
      ],
      measures: measures
    )
  }

  /// Whether it is as good as it must be.
  package func reaches(_ target: FitBudget.Target?) -> Bool {
    guard let target else { return true }
    return target.measure == .kl
      ? divergence <= target.value : value(of: target.measure) >= target.value
  }
}

extension FitPlan {
  /// Trials in the order in which their candidates are worth going on with.
  ///
  /// Without a measure that must be reached, the best first. With one, what no other beats in both quality
  /// and cost comes first, then what only those beat, and so on (Deb et al. 2002; with successive halving
  /// Schmucker et al. 2021): the best alone would be the largest, and the smallest that will do is looked
  /// for. Within such a front come those that reach what they must, the cheapest first, then the others,
  /// the best first. Of equals the earlier candidate is first.
  package func ranked(_ trials: [FitTrial]) -> [FitTrial] {
    guard budget.target != nil else {
      return trials.sorted { (-quality($0), $0.candidate) < (-quality($1), $1.candidate) }
    }
    func key(_ trial: FitTrial) -> (Int, Double, Int) {
      let isReached = trial.reaches(budget.target)
      return (isReached ? 0 : 1, isReached ? share(trial) : -quality(trial), trial.candidate)
    }
    return fronts(trials).flatMap { front in front.sorted { key($0) < key($1) } }
  }

  /// The trials that no other beats in both, those that only these beat, and so on.
  package func fronts(_ trials: [FitTrial]) -> [[FitTrial]] {
    var (rest, fronts) = (trials, [[FitTrial]]())
    while !rest.isEmpty {
      let front = rest.filter { trial in !rest.contains { beats($0, trial) } }
      fronts.append(front)
      rest.removeAll(where: front.contains)
    }
    return fronts
  }

  /// What is chosen of the last round: the cheapest that reaches what it must, or the best where nothing
  /// must be reached; nil where none does.
  package func best(_ trials: [FitTrial]) -> FitTrial? {
    let reaching = trials.filter { $0.reaches(budget.target) && quality($0).isFinite }
    guard budget.target != nil else { return ranked(reaching).first }
    return reaching.min { (share($0), $0.candidate) < (share($1), $1.candidate) }
  }

  /// As good and as cheap, and one of the two more so.
  private func beats(_ a: FitTrial, _ b: FitTrial) -> Bool {
    quality(a) >= quality(b) && share(a) <= share(b)
      && (quality(a) > quality(b) || share(a) < share(b))
  }

  private func quality(_ trial: FitTrial) -> Double { trial.quality(budget.target) }

  private func share(_ trial: FitTrial) -> Double {
    budget.share(of: candidates[trial.candidate].cost)
  }
}
