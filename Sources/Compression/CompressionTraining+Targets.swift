import Distillation
import Exchange
import Foundation
import Networks
import Tensors

extension CompressionTraining {
  /// Trains a network that gives real numbers, logits of labels or vectors: the student towards the
  /// teacher's, the control towards what belongs to the examples. Real numbers of regression are learnt in
  /// their standard deviations.
  ///
  /// - Throws: As ``train(_:seed:named:checkpoint:)``.
  func trainOnTargets(
    _ role: CompressionRole,
    _ training: TrainingPlan,
    isWatched: Bool,
    seed: UInt64,
    named name: String,
    checkpoint: URL?
  ) throws -> TrainedNetwork {
    let loss = try loss(of: role)
    let target = try target(of: role, loss)
    let units = plan.data.task == .regression ? OutputUnits(of: try values(target)) : nil
    let trained = try train(
      minimizing: loss,
      training,
      seed: seed,
      named: name,
      checkpoint: checkpoint,
      toward: units?.standardized(target) ?? target,
      on: role == .control ? data.training : data.taught,
      watch: isWatched
        ? ValidationWatch(
          role,
          training,
          measuring: try measure(role, units),
          checkpoint: checkpoint,
          work
        ) : nil
    )
    try units?.take(on: trained.network)
    return trained
  }

  /// What a network learns from.
  private func target(of role: CompressionRole, _ loss: Loss) throws -> any Teacher {
    if role == .control {
      guard let targets = data.targets else {
        throw RunError(
          "the control is trained on what belongs to the examples, and there is nothing"
        )
      }
      return RecordedTeacher(known(targets.training))
    }
    guard let observed = try observedTeacher(for: loss) else {
      throw RunError("the loss \(loss.description) does not look at the teacher")
    }
    return observed
  }

  /// What belongs to examples, as if it were observed.
  private func known(_ targets: Tensor) -> Observation {
    Observation(
      targets.moved(to: device),
      meaning: plan.data.task == .labels ? .labelProbabilities : .reals
    )
  }

  /// The teacher's numbers, by which their units are known.
  private func values(_ target: any Teacher) throws -> Tensor {
    try (target as? RecordedTeacher)?.observation.values
      ?? data.taught.observed(by: teacher) { $0.values }
  }

  /// What networks cost on the validation examples.
  private func measure(
    _ role: CompressionRole,
    _ units: OutputUnits?
  ) throws -> (any Module) throws -> ValidationWatch.Measured {
    let (examples, meaning) = (data.validation, plan.data.meaning!)
    func seen(_ teacher: any Teacher) throws -> Tensor {
      try examples.observed(by: teacher) { $0.values }
    }
    let taught = try seen(teacher)
    let right = role == .control ? known(data.targets!.validation) : nil
    let cost = try losses(toward: right ?? Observation(taught, meaning: meaning), units)
    let distance = try losses(toward: Observation(taught, meaning: meaning), units)
    let shown = ShownExamples(examples, shape: data.shape)
    return { network in
      // While it is trained a network of regression gives numbers in their units.
      let own = try seen(Ensemble([knownTeacher(of: network, as: meaning)]))
      var measured = ValidationWatch.Measured(
        losses: cost(own).moved(to: .cpu),
        distances: distance(own).moved(to: .cpu)
      )
      guard role == .student else { return measured }
      measured.differing = { step in
        try DifferingExamples(
          of: role.rawValue,
          after: step,
          part: "validation",
          student: (units?.original(own) ?? own).moved(to: .cpu),
          teacher: taught.moved(to: .cpu),
          shown
        )
      }
      return measured
    }
  }

  /// What each example costs by what a network says of it.
  ///
  /// - Parameter right: What it was to say.
  private func losses(
    toward right: Observation,
    _ units: OutputUnits?
  ) throws -> (Tensor) -> Tensor {
    switch plan.data.task {
    case .labels:
      // Of the student more than the KL by the teacher's entropy, which no student changes.
      let truth = try right.labelProbabilities()
      return { own in
        -(truth * own.logSigmoid + (1 - truth) * (-own).logSigmoid).sum(along: 1)
      }
    case .embeddings:
      return { own in
        let lengths = (own.squared.sum(along: 1) * right.values.squared.sum(along: 1)).squareRoot
        return 1 - (own * right.values).sum(along: 1) / lengths.clamped(min: 1e-12)
      }
    case .classes, .regression:
      let target = units?.standardized(right.values) ?? right.values
      return { ($0 - target).squared.mean(along: 1) }
    }
  }
}
