import Distillation
import Exchange
import Mathematics
import Networks

/// How a student was looked for that keeps a budget: what was measured and chosen before anything was
/// trained, so that a run goes on to the same result whatever else the machine does then.
package struct FitPlan: Codable, Equatable {
  package var budget: FitBudget
  /// Those that may cost what the budget says, in the order in which they are tried.
  package var candidates: [FitCandidate]
  /// The number of the chosen one among them, from 0; nil while the search goes on.
  package var chosen: Int?

  package init(_ budget: FitBudget, _ candidates: [FitCandidate]) {
    (self.budget, self.candidates) = (budget, candidates)
  }

  package var schedule: SuccessiveHalving {
    SuccessiveHalving(of: candidates.count, untilAtMost: 4)
  }

  /// The steps of a candidate in a round, from 0.
  package func steps(_ candidate: Int, round: Int) -> Int {
    Int((Double(candidates[candidate].steps) * schedule.shares[round]).rounded())
  }

  /// What was chosen and why, in a sentence without its end; nil while the search goes on.
  package var choice: String? {
    chosen.map { number in
      let candidate = candidates[number]
      return "\(candidate.student) was chosen among \(candidates.count) students by the validation "
        + "examples alone, for a budget of \(budget): \(candidate.cost)"
    }
  }

  /// - Throws: `RunError` in one sentence when nothing can be chosen.
  package func check() throws {
    guard !candidates.isEmpty, (chosen ?? 0) >= 0, (chosen ?? 0) < candidates.count else {
      throw RunError(
        "the fit has \(candidates.count) candidates, of which \(chosen ?? 0) is chosen"
      )
    }
    for candidate in candidates {
      _ = try ModelSpecification(candidate.student)
      _ = try Loss(parsing: candidate.loss)
      try requireCount("the steps of \(candidate.student)", candidate.steps, atMost: mostSteps)
      try requireCount("the batch of \(candidate.student)", candidate.batchSize, atMost: 1 << 30)
      try requireCount("the bytes of \(candidate.student)", candidate.cost.bytes, atMost: 1 << 50)
      try requireNumbers(
        "the time of \(candidate.student)",
        [candidate.cost.microseconds],
        .positive(atMost: 1e12)
      )
    }
  }
}

/// A student that may be chosen, with how it is trained and what it costs.
package struct FitCandidate: Codable, Equatable {
  /// Its network as text.
  package var student: String
  package var loss: String
  package var batchSize: Int
  package var lastBatch: TrainingPlan.LastBatch?
  /// Of its whole training.
  package var steps: Int
  package var cost: StudentCost

  package init(
    student: String,
    loss: String,
    batchSize: Int,
    lastBatch: TrainingPlan.LastBatch?,
    steps: Int,
    cost: StudentCost
  ) {
    (self.student, self.loss, self.batchSize) = (student, loss, batchSize)
    (self.lastBatch, self.steps, self.cost) = (lastBatch, steps, cost)
  }
}

/// What it costs to keep and to ask a student, measured on this machine.
package struct StudentCost: Codable, Equatable, CustomStringConvertible {
  /// For one example alone, the median of many.
  package var microseconds: Double
  /// Of the exported file.
  package var bytes: Int
  /// What answered: `StudentRuntime`, or `libtorch` where that does not know the network, whose bytes are
  /// then those of its numbers.
  package var engine: String

  package init(microseconds: Double, bytes: Int, engine: String) {
    (self.microseconds, self.bytes, self.engine) = (microseconds, bytes, engine)
  }

  package var description: String {
    "\(Uncertain.short(microseconds)) µs an example by \(engine), \(grouped(bytes)) bytes"
  }
}

extension FitBudget {
  /// The largest share of what it may be that a cost takes; the microseconds where nothing is limited.
  package func share(of cost: StudentCost) -> Double {
    let shares = [
      nanoseconds.map { 1e3 * cost.microseconds / Double($0) },
      bytes.map { Double(cost.bytes) / Double($0) },
    ].compactMap(\.self)
    return shares.max() ?? cost.microseconds
  }

  /// Whether a student may cost so much.
  package func allows(_ cost: StudentCost) -> Bool {
    nanoseconds == nil && bytes == nil || share(of: cost) <= 1
  }

  /// The budget with room for a cost, and a tenth more for the time, which is never twice the same.
  package func widened(for cost: StudentCost) -> FitBudget {
    func atLeast(_ limit: Int?, _ need: Double) -> Int? {
      limit.map { max($0, roundedUp(need)) }
    }
    return FitBudget(
      target,
      nanoseconds: atLeast(nanoseconds, 1.1e3 * cost.microseconds),
      bytes: atLeast(bytes, Double(cost.bytes))
    )
  }

  /// To two digits.
  private func roundedUp(_ need: Double) -> Int {
    var unit = 1.0
    while need / unit > 99 { unit *= 10 }
    return Int((need / unit).rounded(.up) * unit)
  }
}

extension CompressionPlan {
  /// The plan with the student, and the training, of a candidate.
  ///
  /// - Throws: `SpecificationError` when its network is none.
  package func fitted(to candidate: FitCandidate, steps: Int? = nil) throws -> CompressionPlan {
    var plan = self
    plan.student = try ModelSpecification(candidate.student)
    plan.loss = candidate.loss
    plan.training.batchSize = candidate.batchSize
    plan.training.lastBatch = candidate.lastBatch
    plan.training.steps = steps ?? candidate.steps
    return plan
  }

  /// The same with what the search chose: nil while it goes on, or where there is none.
  package func fitted(choosing number: Int) throws -> CompressionPlan {
    guard let fit else { return self }
    var plan = try fitted(to: fit.candidates[number])
    plan.fit!.chosen = number
    return plan
  }
}
