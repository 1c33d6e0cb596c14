import Foundation
import Tensors

/// How values are averaged over members, and with them their derivatives.
private enum Rule {
  /// log t̄ = log Σ_m c_m t_m, hence ∇log t̄_k = Σ_m w_mk ∇log t_mk, w_mk = c_m t_mk / t̄_k; the
  /// weights c_m are 1/M where all members count alike.
  case arithmetic
  /// log t̄ = ḡ − log Σ exp ḡ with ḡ = Σ_m c_m log t_m, hence ∇log t̄_k = ∇ḡ_k − Σ_j t̄_j ∇ḡ_j.
  case geometric
  /// The mean of the numbers themselves.
  case plain
  /// The logit of a label's mean probability p̄ = Σ_m c_m σ(z_m), hence
  /// ∇z̄ = Σ_m c_m p_m(1 − p_m) / (p̄(1 − p̄)) ∇z_m.
  case labels

  init(_ mean: Ensemble.Mean, _ meaning: Observation.Meaning) throws {
    switch (mean, meaning) {
    case (.probabilities, .reals): self = .plain
    case (.probabilities, .labelLogits): self = .labels
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
  func mean(_ members: [Tensor], _ weights: [Double]) -> Tensor {
    func weighted(_ scale: (Tensor, Double) -> Tensor) -> Tensor {
      .stacked(zip(members, weights).map(scale))
    }
    return switch self {
    case .arithmetic: weighted { $0 + log($1) }.logSumExp(along: 0)
    case .geometric: weighted { $0 * $1 }.sum(along: 0).logSoftmax()
    case .plain: weighted { $0 * $1 }.sum(along: 0)
    case .labels where members.count == 1: members[0]
    case .labels:
      weighted { $0.logSigmoid + log($1) }.logSumExp(along: 0)
        - weighted { (-$0).logSigmoid + log($1) }.logSumExp(along: 0)
    }
  }

  /// The directions along which a member's derivatives sum to the mean's along `directions`.
  func directions(
    _ directions: Tensor,
    of member: Tensor,
    mean: Tensor,
    weight: Double
  ) -> Tensor {
    switch self {
    case .arithmetic: directions * ((member - mean).exponential * weight).insertingAxis(1)
    case .geometric:
      (directions - directions.sum(along: 2, keepingAxes: true) * mean.exponential.insertingAxis(1))
        * weight
    case .plain: directions * weight
    case .labels:
      // In logarithms: neither share need be a number that Float32 has.
      directions
        * ((member.logSigmoid + (-member).logSigmoid - mean.logSigmoid - (-mean).logSigmoid)
        .exponential * weight).insertingAxis(1)
    }
  }
}

extension Ensemble {
  /// The observation of inputs few enough to be observed at once.
  func observeChunk(_ inputs: Tensor, _ request: Request) throws -> Observation {
    if let seen = kernelObservation(of: inputs, request) { return seen }
    if case .all = request.derivatives { return try observeDerivatives(inputs, request) }
    let seen = try members.map { try $0.observe(inputs, .values) }
    try checkAlike(seen)
    let rule = try Rule(mean, seen[0].meaning)
    let values = seen.map(\.comparedValues)
    var result = Observation(
      rule.mean(values, memberWeights),
      meaning: seen[0].comparedMeaning,
      features: memberFeatures(values, request)
    )
    if case .along(let directions) = request.derivatives {
      let parts = try zip(members, zip(values, memberWeights)).map { member, seen in
        let (value, weight) = seen
        let own = rule.directions(directions, of: value, mean: result.values, weight: weight)
        return try member.observe(inputs, Request(derivatives: .along(own))).derivatives(along: own)
      }
      let sum = parts.dropFirst().reduce(parts[0], +)
      result.projection = .init(directions: directions, derivatives: sum)
    }
    return result
  }

  /// All derivatives, those of one member at a time in memory: the mean so far moves towards each
  /// next member by its share, of the weights or of the probability so far.
  private func observeDerivatives(_ inputs: Tensor, _ request: Request) throws -> Observation {
    var seen: [Observation] = []
    var derivatives: Tensor?
    var logSum: Tensor?
    var weightSoFar = 0.0
    for (member, weight) in zip(members, memberWeights) {
      let next = try member.observe(inputs, Request(derivatives: .all))
      let slope = try next.comparedDerivatives()
      let value = next.comparedValues
      let logPart = value + log(weight)
      weightSoFar += weight
      seen.append(Observation(value, meaning: next.comparedMeaning))
      guard let before = derivatives, let logBefore = logSum else {
        (derivatives, logSum) = (slope, logPart)
        continue
      }
      let rule = try Rule(mean, next.meaning)
      if case .labels = rule {
        throw DistillationError(
          "an ensemble of labels gives no derivatives of all outputs: compare values, or derivatives "
            + "along directions"
        )
      }
      if case .arithmetic = rule {
        let logAfter = Tensor.stacked([logBefore, logPart]).logSumExp(along: 0)
        let share = (logPart - logAfter).exponential
        derivatives = before + Observation.weigh(slope - before, by: share)
        logSum = logAfter
      } else {
        derivatives = before + (slope - before) * (weight / weightSoFar)
      }
    }
    try checkAlike(seen)
    let rule = try Rule(mean, seen[0].meaning)
    let values = rule.mean(seen.map(\.values), memberWeights)
    if case .geometric = rule {
      // The mean of log-probabilities is a logit like any other.
      let logits = Observation(values, meaning: .logits, derivatives: derivatives)
      derivatives = try logits.comparedDerivatives()
    }
    return Observation(
      values,
      meaning: seen[0].meaning,
      derivatives: derivatives,
      features: memberFeatures(seen.map(\.values), request)
    )
  }

  private var memberWeights: [Double] { members.indices.map(weight) }

  /// What each member gives, where it is wanted.
  private func memberFeatures(_ values: [Tensor], _ request: Request) -> [String: Tensor] {
    request.features.isEmpty ? [:] : [Self.membersTap: .stacked(values, along: 1)]
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
