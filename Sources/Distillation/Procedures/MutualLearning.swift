import Networks
import Tensors

/// Trains several students together, each on the labels and towards what the others say.
///
/// ```swift
/// let pair = [MLP([784, 50, 10], using: .init(seed: 1)), MLP([784, 80, 10], using: .init(seed: 2))]
/// try learnMutually(
///   pair,
///   on: Examples(images, labels: labels).batches(of: 64, epochs: 20, shuffled: 1),
///   using: SGD(learningRate: 0.1, momentum: 0.9)
/// )
/// ```
///
/// Student i minimises `loss` + `weight` · T²/(K − 1) Σ_{j ≠ i} KL(p_j‖p_i) for K students. All see
/// the batch in training and move at once, towards what the others said before the step; in the
/// paper's algorithm they move one after another.
///
/// Zhang, Xiang, Hospedales & Lu, *Deep Mutual Learning* (2018), with T = 1 and weight 1.
///
/// - Parameters:
///   - students: Two or more, of any architectures with the same outputs. Their parameters are
///     changed.
///   - meaning: What the students' outputs are. The default is logits, as classifiers give them.
///   - loss: What each minimises besides, on labels. The default is their cross entropy.
///   - weight: How much the others count.
///   - temperature: T.
///   - optimizer: Moves the parameters of all.
///   - checkpointing: One file holds all students.
/// - Returns: What happened; its losses are sums over the students.
/// - Throws: As ``distill(_:into:observedAs:on:minimizing:using:schedule:seed:checkpointing:progress:)``.
@discardableResult
public func learnMutually(
  _ students: [any Module],
  observedAs meaning: Observation.Meaning = .logits,
  on inputs: any Inputs,
  minimizing loss: Loss = .crossEntropy(),
  towardOthers weight: Double = 1,
  temperature: Double = 1,
  using optimizer: any Optimizer = Adam(),
  schedule: Schedule = .constant,
  seed: UInt64 = 0,
  checkpointing: CheckpointPolicy? = nil,
  progress: ((TrainingProgress) -> Continuation)? = nil
) throws -> TrainingRecord {
  guard students.count > 1 else {
    throw DistillationError(
      "mutual learning needs two students or more, not \(students.count): use train for one"
    )
  }
  let needs = loss.needs
  guard !needs.derivatives, needs.projections == 0, needs.studentFeatures.isEmpty, !needs.teacher
  else {
    throw DistillationError(
      "students that learn mutually have no other teacher, derivatives or taps, but \(loss) needs "
        + "some: give a loss on labels"
    )
  }
  return try train(
    Cohort(students),
    observedAs: meaning,
    on: inputs,
    minimizing: .cohort(
      of: students.count,
      loss,
      weight * .peersKullbackLeibler(temperature: temperature)
    ),
    using: optimizer,
    schedule: schedule,
    seed: seed,
    checkpointing: checkpointing,
    progress: progress
  )
}

/// Students side by side: their values one after the other, `[batch, students × outputs]`.
struct Cohort: Module {
  let students: [any Module]

  init(_ students: [any Module]) { self.students = students }

  func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    .concatenated(students.map { $0(input, pass) }, along: 1)
  }
}

extension Loss {
  /// Σ over the students of a cohort: a loss of each alone, and one of each towards the others.
  fileprivate static func cohort(of count: Int, _ own: Loss, _ mutual: Loss) -> Loss {
    .binding(
      "cohort of \(count): \(own) + \(mutual)",
      needs: Needs(labels: own.needs.labels)
    ) { binding in
      let each = try (0..<count).map { _ in try own.bound(to: binding) }
      return BoundTerm(each.flatMap(\.modules)) { comparison in
        try cohort(each, mutual, comparison)
      }
    }
  }

  private static func cohort(
    _ own: [BoundLoss],
    _ mutual: Loss,
    _ comparison: Comparison
  ) throws -> Tensor {
    let values = comparison.student.values
    guard values.shape[1] % own.count == 0 else {
      throw DistillationError(
        "\(own.count) students gave \(values.shape[1]) outputs together: all must have as many"
      )
    }
    let seen = values.split(every: values.shape[1] / own.count, along: 1).map {
      Observation($0, meaning: comparison.student.meaning)
    }
    let said = try seen.map { try $0.logProbabilities().detached }
    func compared(_ student: Int, _ teacher: Observation?) -> Comparison {
      Comparison(
        seen[student],
        teacher,
        labels: comparison.labels,
        inputs: comparison.inputs,
        training: comparison.generator,
        indices: comparison.indices
      )
    }
    let losses = try seen.indices.map { student in
      let others = said.indices.filter { $0 != student }.map { said[$0] }
      let peers = Observation(
        others[0],
        meaning: .logProbabilities,
        features: [Ensemble.membersTap: .stacked(others, along: 1)]
      )
      return try own[student](compared(student, nil)) + mutual(compared(student, peers))
    }
    return losses.dropFirst().reduce(losses[0], +)
  }
}
