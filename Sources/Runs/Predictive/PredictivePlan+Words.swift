import Predictive

extension PredictivePlan {
  /// Every option of the command line with its value; of those that are left out by default none.
  func words(seed: UInt64) -> [String: String] {
    let flags: [(String, Bool)] = [
      ("--incomplete", draws.mayBeIncomplete), ("--without-intercept", sampling.hasNoIntercept),
      ("--free-weights", student.freeWeights), ("--online", student.isOnline),
      ("--accept-bias", student.acceptsBias), ("--certify", isCertified),
    ]
    let values: [(String, (any CustomStringConvertible)?)] = [
      ("--model", model.rawValue), ("--seed", seed),
      ("--draws", draws.files.isEmpty ? nil : draws.files.joined(separator: " ")),
      ("--axes", draws.axes.rawValue),
      ("--parameters", draws.parameters.isEmpty ? nil : draws.parameters.joined(separator: ",")),
      ("--intercept", draws.intercept), ("--noise", draws.noise),
      ("--degrees-of-freedom", draws.degreesOfFreedom), ("--weights", draws.weights),
      ("--deviations", draws.deviations), ("--values", draws.values.rawValue),
      ("--divergent", draws.divergent.rawValue), ("--data", data.table),
      ("--outcome", data.outcome), ("--classes", data.classes?.joined(separator: ",")),
      ("--ignore", data.ignored.isEmpty ? nil : data.ignored.joined(separator: " ")),
      ("--one-hot", data.oneHot.isEmpty ? nil : data.oneHot.joined(separator: " ")),
      ("--header", data.hasHeader.map { $0 ? "yes" : "no" }), ("--inputs", data.inputs?.rawValue),
      ("--held-out", data.heldOut), ("--compared-rows", data.comparedRows),
      ("--sampler", sampling.sampler.rawValue), ("--draws-count", sampling.draws),
      ("--burn-in", sampling.burnIn), ("--chains", sampling.chains),
      ("--thinning", sampling.thinning), ("--prior", sampling.prior),
      ("--family", student.family.rawValue), ("--components", student.components),
      ("--covariance", student.covariance.rawValue),
      ("--hidden", student.hidden.map(String.init).joined(separator: ",")),
      ("--loss", student.loss.rawValue), ("--steps", student.steps),
      ("--batch-size", student.batchSize), ("--learning-rate", student.learningRate),
      ("--reuse", student.reuse),
    ]
    var words = Dictionary(
      uniqueKeysWithValues: values.compactMap { name, value in value.map { (name, "\($0)") } }
    )
    for (name, isGiven) in flags where isGiven { words[name] = "" }
    return words
  }
}

/// The options among the words of a command line that ask for something else than a run began with,
/// such as `--steps 100 (not 200)`.
package func changedOptions(
  from old: (plan: PredictivePlan, seed: UInt64),
  to new: (plan: PredictivePlan, seed: UInt64),
  _ said: [String]
) -> [String] {
  let (before, after) = (old.plan.words(seed: old.seed), new.plan.words(seed: new.seed))
  let names = Set(said.map { String($0.prefix { $0 != "=" }) })
  return names.intersection(Set(before.keys).union(after.keys)).sorted()
    .filter { before[$0] != after[$0] }
    .map { name in
      guard let value = before[name] else { return "no \(name)" }
      return value.isEmpty ? name : "\(name) \(value) (not \(after[name] ?? "without"))"
    }
}
