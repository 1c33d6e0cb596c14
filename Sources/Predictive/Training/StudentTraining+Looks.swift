import Distillation
import Networks
import Tensors

extension StudentTraining {
  /// How often a training is looked at.
  private static let looks = 40
  private static let (mostInputs, mostDraws) = (200, 500)

  /// What tells how far a student is from what the draws predict, by the names of curves: at inputs that
  /// are held out, else at inputs that it does not learn from.
  ///
  /// - Returns: Nil where nobody wants to know, and where draws predict no classes or nothing beside the
  ///   rows of their table.
  func looking(
    beside draws: [[Double]]
  ) throws -> ((any Module) throws -> [String: Double])? {
    guard task.work.isMeasured, problem.model.quantity == .probabilities, !problem.isTabulated,
      !draws.isEmpty
    else { return nil }
    let some = PosteriorBag.thinned(draws, to: Self.mostDraws)
    func teacher(_ model: some PredictiveModel) -> any Teacher {
      PosteriorPredictive(Tensor(some), of: model)
    }
    let inputs = try heldOutInputs()
    let seen = try teacher(problem.model).observe(inputs, .values)
    let right = try seen.logProbabilities(temperature: 1).indexOfMaximum(along: 1)
    let divergence = Loss.kullbackLeibler()
    return { [meaning] student in
      try withoutGradient {
        let own = student.observe(inputs, .values, as: meaning)
        let choices = try own.logProbabilities(temperature: 1).indexOfMaximum(along: 1)
        return [
          "validation/KL from the draws": try divergence(Comparison(own, seen, inputs: inputs))
            .doubleValue,
          "validation/agreement with the draws": (choices .== right).cast(to: .float64).mean()
            .doubleValue,
        ]
      }
    }
  }

  /// Whether a look is due after a step.
  func isLook(at step: Int) -> Bool {
    let every = max(1, (plan.steps ?? 20_000) / Self.looks)
    return step % every == 0 || step == plan.steps
  }

  private func heldOutInputs() throws -> Tensor {
    if let rows = problem.rows, let fitted = problem.fitted {
      let used = Set(fitted.scalars(Int.self))
      let others = (0..<rows.shape[0]).filter { !used.contains($0) }.prefix(Self.mostInputs)
      if !others.isEmpty { return rows[rows: Tensor(Array(others))] }
    }
    if let rows = problem.rows { return rows[0..<min(Self.mostInputs, rows.shape[0])] }
    let scaling = problem.scaling
    let noise = Noise(
      [scaling.inputs],
      batchesOf: Self.mostInputs,
      steps: 1,
      seed: task.seed &+ 90,
      .float64
    )
    return scaling.withConstant(noise.batch(0)!.inputs)
  }
}
