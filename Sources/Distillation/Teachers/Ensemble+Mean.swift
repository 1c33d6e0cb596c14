import Foundation
import Tensors

/// How values are averaged over members, and with them their derivatives.
private enum Rule {
  /// log t̄ = log 1/M Σ_m t_m, hence ∇log t̄_k = Σ_m w_mk ∇log t_mk, w_mk = t_mk / Σ_m t_mk.
  case arithmetic
  /// log t̄ = ḡ − log Σ exp ḡ with ḡ = 1/M Σ_m log t_m, hence ∇log t̄_k = ∇ḡ_k − Σ_j t̄_j ∇ḡ_j.
  case geometric
  /// The mean of the numbers themselves.
  case plain

  init(_ mean: Ensemble.Mean, _ meaning: Observation.Meaning) throws {
    switch (mean, meaning) {
    case (.probabilities, .reals): self = .plain
    case (.probabilities, _): self = .arithmetic
    case (.logProbabilities, _):
      guard meaning.isOverClasses else {
        throw DistillationError(
          "the geometric mean of \(meaning.words) cannot be normalised: use mean: .probabilities"
        )
      }
      self = .geometric
    }
  }

  /// The mean over members of what each gave, `[batch, outputs]`.
  func mean(_ members: [Tensor]) -> Tensor {
    let stacked = Tensor.stacked(members)
    return switch self {
    case .arithmetic: stacked.logSumExp(along: 0) - log(Double(members.count))
    case .geometric: stacked.mean(along: 0).logSoftmax()
    case .plain: stacked.mean(along: 0)
    }
  }

  /// The directions along which a member's derivatives sum to the mean's along `directions`.
  func directions(_ directions: Tensor, of member: Tensor, mean: Tensor, count: Int) -> Tensor {
    switch self {
    case .arithmetic: directions * ((member - mean).exponential / Double(count)).insertingAxis(1)
    case .geometric:
      (directions - directions.sum(along: 2, keepingAxes: true) * mean.exponential.insertingAxis(1))
        / Double(count)
    case .plain: directions / Double(count)
    }
  }
}

extension Ensemble {
  /// The observation of inputs few enough to be observed at once.
  func observeChunk(_ inputs: Tensor, _ request: Request) throws -> Observation {
    if let seen = perceptrons?.observe(inputs, request, mean, products) { return seen }
    if case .all = request.derivatives { return try observeDerivatives(inputs) }
    let seen = try members.map { try $0.observe(inputs, .values) }
    try checkAlike(seen)
    let rule = try Rule(mean, seen[0].meaning)
    let values = seen.map(\.comparedValues)
    var result = Observation(rule.mean(values), meaning: seen[0].comparedMeaning)
    if case .along(let directions) = request.derivatives {
      let parts = try zip(members, values).map { member, value in
        let own = rule.directions(directions, of: value, mean: result.values, count: members.count)
        return try member.observe(inputs, Request(derivatives: .along(own))).derivatives(along: own)
      }
      let sum = parts.dropFirst().reduce(parts[0], +)
      result.projection = .init(directions: directions, derivatives: sum)
    }
    return result
  }

  /// All derivatives, those of one member at a time in memory: the mean so far moves towards each
  /// next member by its share, 1/m or its part of the probability so far.
  private func observeDerivatives(_ inputs: Tensor) throws -> Observation {
    var seen: [Observation] = []
    var derivatives: Tensor?
    var logSum: Tensor?
    for member in members {
      let next = try member.observe(inputs, Request(derivatives: .all))
      let slope = try next.comparedDerivatives()
      let value = next.comparedValues
      seen.append(Observation(value, meaning: next.comparedMeaning))
      guard let before = derivatives, let logBefore = logSum else {
        (derivatives, logSum) = (slope, value)
        continue
      }
      if case .arithmetic = try Rule(mean, next.meaning) {
        let logAfter = Tensor.stacked([logBefore, value]).logSumExp(along: 0)
        let share = (value - logAfter).exponential
        derivatives = before + Observation.weigh(slope - before, by: share)
        logSum = logAfter
      } else {
        derivatives = before + (slope - before) / Double(seen.count)
      }
    }
    try checkAlike(seen)
    let rule = try Rule(mean, seen[0].meaning)
    let values = rule.mean(seen.map(\.values))
    if case .geometric = rule {
      // The mean of log-probabilities is a logit like any other.
      let logits = Observation(values, meaning: .logits, derivatives: derivatives)
      derivatives = try logits.comparedDerivatives()
    }
    return Observation(values, meaning: seen[0].meaning, derivatives: derivatives)
  }

  private func checkAlike(_ seen: [Observation]) throws {
    for (index, other) in seen.enumerated() {
      guard other.comparedMeaning == seen[0].comparedMeaning, other.classCount == seen[0].classCount
      else {
        throw DistillationError(
          "member \(index) of the ensemble gives \(other.classCount) \(other.meaning.words) where "
            + "member 0 gives \(seen[0].classCount) \(seen[0].meaning.words)"
        )
      }
    }
  }
}
