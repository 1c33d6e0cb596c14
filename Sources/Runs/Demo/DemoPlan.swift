import Distill

/// What the demo trains, and for how long.
///
/// Networks, resamples and inputs are those of the thesis' compression experiment (Papamakarios
/// 2015, section 2.3), with Adam for AdaDelta and half the passes. What was left to choose, the
/// passes too, was chosen on a validation split of the training images, never on the test images.
package struct DemoPlan {
  package static let teacherWidths = [784, 500, 300, 10]
  package static let studentWidths = [784, 50, 30, 10]

  package let members: Int
  /// Passes over the images of each member, and of each student.
  package let memberEpochs: Int
  package let studentEpochs: Int
  /// What multiplies derivative matching beside soft targets: 0.03 for 6,000 images and 0.003 for
  /// 60,000. It helps most where images are scarce; where they are not, a large weight harms.
  package let derivativeWeight: Double
  package let fewLabels: FewLabelsPlan

  package init(_ options: Demo, images: Int) {
    members = options.members
    memberEpochs = options.epochs ?? 10
    studentEpochs = 2 * memberEpochs
    derivativeWeight = min(0.1, 180 / Double(images))
    fewLabels = FewLabelsPlan(options, images: images)
  }

  /// The batches of a member: its own bootstrap resample of the images.
  package func memberInputs(_ member: Int, _ images: Examples, seed: UInt64) -> ExampleBatches {
    images.resampled(member, seed: seed).batches(
      of: 100,
      epochs: memberEpochs,
      shuffled: seed &+ UInt64(member)
    )
  }

  /// The batches of a student, the same for all students.
  package func studentInputs(_ images: Examples, seed: UInt64) -> ExampleBatches {
    images.batches(of: 20, epochs: studentEpochs, shuffled: seed)
  }

  /// The student's network with its first weights, the same for all students of a seed.
  package func freshStudent(seed: UInt64, on device: Device) -> MLP {
    MLP(Self.studentWidths, using: RandomGenerator(seed: seed &+ 50, on: device))
  }

  /// What the ensemble does at every training image, observed once. Off the CPU, memory may be too
  /// small for the derivatives: there the ensemble is observed at every batch.
  ///
  /// - Parameters:
  ///   - derivatives: Whether those with respect to the images are wanted, too.
  ///   - check: Called now and then; what it throws ends the work.
  package func observed(
    _ ensemble: any Teacher,
    on training: Examples,
    derivatives: Bool = true,
    _ work: Work,
    check: @escaping () throws -> Void
  ) throws -> any Teacher {
    guard training.inputs.device == .cpu || !derivatives else { return ensemble }
    work.begin("ensemble observed", of: training.count, "images")
    let recorded = try RecordedTeacher(
      of: ensemble,
      on: training.inputs,
      derivatives: derivatives,
      derivativeStorage: .bfloat16
    ) { images, _ in
      work.update(images)
      try check()
    }
    work.end()
    if derivatives {
      work.note(
        "derivatives are kept in BFloat16: relative error \(scientific(recorded.derivativeError))"
      )
    }
    return recorded
  }

  package func memberOptimizer() -> any Optimizer { Adam(learningRate: 1e-3) }

  package func studentOptimizer() -> any Optimizer { Adam(learningRate: 1e-3) }
}

extension Examples {
  /// As many examples, drawn with replacement for a member of an ensemble.
  package func resampled(_ member: Int, seed: UInt64) -> Examples {
    let generator = RandomGenerator(seed: seed &+ UInt64(member) &* 1_000)
    let picks = Tensor.randomIntegers(0..<count, [count], using: generator)
    return self[rows: picks.moved(to: inputs.device)]
  }
}

/// The three students that the demo compares. They start from the same weights and see the same
/// batches.
package enum DemoStudent: String, CaseIterable, Codable {
  case labels
  case softTargets = "soft targets"
  case derivatives = "soft targets + derivatives"

  /// The part of file names.
  package var fileName: String {
    switch self {
    case .labels: "student-labels"
    case .softTargets: "student-soft-targets"
    case .derivatives: "student"
    }
  }

  package func loss(_ plan: DemoPlan) -> Loss {
    switch self {
    case .labels: .crossEntropy()
    case .softTargets: .softCrossEntropy()
    case .derivatives: .softCrossEntropy() + plan.derivativeWeight * .derivativeSquaredError
    }
  }
}
