import Distill
import Foundation
import Runs

/// One number of images: the ensemble trained on them, and its students.
package struct CompressionRegime {
  package let options: CompressionExperiment
  package let images: Examples
  package let run: Run
  package let arms: [CompressionArm]
  private let memberPasses: Int
  private let studentPasses: Int

  package init(
    _ options: CompressionExperiment,
    _ index: Int,
    _ images: Examples,
    _ run: Run
  ) {
    self.options = options
    self.images = images
    self.run = run
    arms = CompressionArm.all(options, images: images.count)
    memberPasses = options.memberPasses[index]
    studentPasses = options.studentPasses[index]
  }

  /// Trains what is not there yet.
  ///
  /// - Returns: The ensemble, and for each arm its students, one for each seed.
  package func perform() throws -> (ensemble: Ensemble, students: [[MLP]]) {
    let ensemble = Ensemble(try (0..<options.members).map(member))
    var students: [CompressionArm: [MLP]] = [:]
    for kind in options.inputs {
      let pool = Pool(kind, self, ensemble)
      for arm in arms where arm.inputs == kind {
        students[arm] = try (0..<options.seeds).map { try student(arm, $0, pool) }
      }
    }
    return (ensemble, arms.map { students[$0]! })
  }

  /// A member on its own bootstrap resample of the images.
  private func member(_ index: Int) throws -> MLP {
    let seed = run.seed &* 1_000_003 &+ UInt64(index)
    let network = network(options.memberHidden, seed: seed &+ 100)
    let picks = Tensor.randomIntegers(
      0..<images.count,
      [images.count],
      using: RandomGenerator(seed: seed)
    )
    let steps = memberPasses * ((images.count - 1) / options.memberBatch + 1)
    try run.train(
      network,
      named: "\(grouped(images.count)) images, member \(index + 1) of \(options.members)",
      file: "\(images.count)-member-\(index + 1)",
      on: {
        images[rows: picks.moved(to: images.inputs.device)].batches(
          of: options.memberBatch,
          epochs: memberPasses,
          shuffled: seed
        )
      },
      minimizing: .crossEntropy(),
      using: options.makeOptimizer(),
      schedule: options.schedule(steps: steps),
      done: done
    )
    return network
  }

  private func student(_ arm: CompressionArm, _ index: Int, _ pool: Pool) throws -> MLP {
    // All arms of a seed start from the same weights and see batches in the same order.
    let seed = run.seed &* 1_000_003 &+ 500_000 &+ UInt64(index)
    let network = network(options.studentHidden, seed: seed)
    let passes = max(1, Int((Double(studentPasses) * arm.budget).rounded()))
    let steps = passes * ((images.count - 1) / options.studentBatch + 1)
    let file = fileName(arm, index)
    let isNew = !run.folder.contains("\(file).safetensors")
    try run.train(
      network,
      named:
        "\(grouped(images.count)) images, \(arm.name), student \(index + 1) of \(options.seeds)",
      file: file,
      on: {
        let batches = try pool.inputs().batches(
          of: options.studentBatch,
          epochs: passes,
          shuffled: seed
        )
        return arm.noise == 0
          ? batches : pool.noisy(batches, standardDeviation: arm.noise, seed: seed &+ 1)
      },
      toward: arm.loss == .labels || arm.noise > 0 || !isNew ? nil : try pool.teacher(),
      minimizing: arm.minimized,
      using: options.makeOptimizer(),
      schedule: options.schedule(steps: steps),
      done: done
    )
    return network
  }

  private func network(_ hidden: [Int], seed: UInt64) -> MLP {
    MLP(
      [images.inputs.shape[1]] + hidden + [options.outputs],
      initialization: options.optimizer == .adaDelta ? .fanInNormal : .fanInUniform,
      using: RandomGenerator(seed: seed, on: run.device)
    )
  }

  /// The name in files and metrics of a student.
  package func fileName(_ arm: CompressionArm, _ index: Int) -> String {
    Self.fileName(images.count, arm, index)
  }

  static func fileName(_ images: Int, _ arm: CompressionArm, _ index: Int) -> String {
    "\(images)-\(arm.fileName)-\(index + 1)"
  }

  package func done() -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: run.folder.url.path)) ?? []
    let finished = names.filter {
      $0.hasSuffix(".safetensors") && !$0.hasSuffix(".checkpoint.safetensors")
    }
    return "\(finished.count) networks"
  }

  /// The inputs of one kind, and what the ensemble does there; made when first asked for, since a
  /// run that is resumed may need neither.
  private final class Pool {
    private let kind: CompressionExperiment.Kind
    private let regime: CompressionRegime
    private let ensemble: Ensemble
    private var examples: Examples?
    private var recorded: RecordedTeacher?

    init(
      _ kind: CompressionExperiment.Kind,
      _ regime: CompressionRegime,
      _ ensemble: Ensemble
    ) {
      (self.kind, self.regime, self.ensemble) = (kind, regime, ensemble)
    }

    func inputs() throws -> Examples {
      if let examples { return examples }
      let made: Examples
      switch kind {
      case .images: made = regime.images
      case .generated: made = Examples(try regime.greyImages())
      case .noise:
        let generator = RandomGenerator(seed: regime.run.seed &+ 7, on: regime.run.device)
        made = Examples(Tensor.normal(regime.images.inputs.shape, using: generator))
      }
      examples = made
      return made
    }

    /// Batches with fresh noise at each step, and what the ensemble does there.
    func noisy(
      _ batches: ExampleBatches,
      standardDeviation: Double,
      seed: UInt64
    ) -> any Inputs {
      batches.noisy(standardDeviation: standardDeviation, seed: seed)
        .observed(by: ensemble, stepsAtOnce: max(1, 2_000 / batches.batchSize))
    }

    func teacher() throws -> any Teacher {
      if let recorded { return recorded }
      let inputs = try inputs().inputs
      let (run, regime) = (regime.run, regime)
      run.work.begin("ensemble observed", of: inputs.shape[0], "inputs")
      let made = try RecordedTeacher(
        of: ensemble,
        on: inputs,
        derivatives: regime.arms.contains { [kind] in $0.inputs == kind && $0.loss.hasDerivatives },
        derivativeStorage: .bfloat16
      ) { done, _ in
        run.work.update(done)
        try run.stopIfAsked(regime.done())
      }
      run.work.end()
      recorded = made
      return made
    }
  }
}
