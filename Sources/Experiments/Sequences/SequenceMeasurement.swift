import Distill
import Foundation
import Runs

/// How models do on the test glosses, which nothing was chosen by.
package struct SequenceMeasurement {
  package let world: SequenceWorld
  package let teacher: Network
  /// `[arm][seed]`.
  package let students: [[Network]]
  package let controls: [Int]

  /// One model.
  package struct Network {
    package let model: SequenceModel
    /// For each test gloss what it has to do with bits per byte, the mean of which they are.
    package let bits: [Double]
    /// The divergence from the teacher in bits, and agreement with it, in the same way; nil where tokens
    /// differ.
    package let divergence: [Double]?
    package let agreement: [Double]?
    /// Bits per byte of the validation glosses.
    package let validation: Double
  }

  /// - Throws: `Stopped` when it was asked to stop.
  package init(
    _ world: SequenceWorld,
    _ teacher: SequenceModel,
    _ students: [[SequenceModel]],
    _ run: Run
  ) throws {
    self.world = world
    func panels(_ documents: [[UInt8]]) throws -> [SequenceArm.Tokens: DocumentPanel] {
      try world.vocabularies.mapValues { try DocumentPanel(documents, in: $0, on: world.device) }
    }
    let (validation, test) = try (panels(world.validation), panels(world.test))
    let taught = try withTorchErrors { test[.bytes]!.answers(of: teacher) }
    let count = 1 + students.reduce(0) { $0 + $1.count }
    run.work.begin("models measured", of: count, "models")
    defer { run.work.end() }
    var done = 0
    func measured(_ model: SequenceModel, _ tokens: SequenceArm.Tokens) throws -> Network {
      try run.stopIfAsked("all networks")
      defer {
        done += 1
        run.work.update(done)
      }
      return try withTorchErrors {
        let panel = test[tokens]!
        let scores = panel.scores(of: model, beside: tokens == .bytes ? taught : nil)
        return Network(
          model: model,
          bits: panel.perByte(scores.bits),
          divergence: scores.divergence.map(panel.perByte),
          agreement: scores.agreement.map(panel.perByte),
          validation: validation[tokens]!.bitsPerByte(of: model)
        )
      }
    }
    self.teacher = try measured(teacher, .bytes)
    let arms = world.recipe.students
    self.students = try zip(arms, students).map { arm, models in
      try models.map { try measured($0, arm.tokens) }
    }
    let losses = world.recipe.losses()
    controls = try arms.map { arm in
      try arms.firstIndex { try $0.tokens == arm.tokens && $0.isControl(losses) }!
    }
  }

  /// Over seeds and glosses.
  package func estimate(
    _ networks: [Network],
    _ pick: (Network) -> [Double]?
  ) -> Measured? {
    let rows = networks.compactMap(pick)
    return rows.count == networks.count ? Measured(Tensor(rows)) : nil
  }

  /// How many bits per byte fewer than the control's, seed by seed and gloss by gloss; nil of a control.
  package func gain(_ arm: Int) -> Measured? {
    guard controls[arm] != arm else { return nil }
    return Measured(
      Tensor(
        zip(students[controls[arm]], students[arm]).map { control, own in
          zip(control.bits, own.bits).map { $0 - $1 }
        }
      )
    )
  }

  package func validation(_ arm: Int) -> Double {
    students[arm].reduce(0) { $0 + $1.validation } / Double(students[arm].count)
  }

  /// The taught student on bytes that needs the fewest bits on the validation glosses: what the
  /// certificate's word is about.
  package var best: Int {
    let arms = world.recipe.students
    return arms.indices.filter { arms[$0].tokens == .bytes && controls[$0] != $0 }
      .min { validation($0) < validation($1) }!
  }

  /// Tokens that a model says all about in a second, 64 windows at a time.
  package func tokensPerSecond(_ model: SequenceModel) throws -> Double {
    let count = 64 * model.length
    let inputs = Tensor.zeros([count], .int64, on: world.device)
    let time = try withTorchErrors {
      microseconds(5) { _ = withoutGradient { model(inputs) }.sum().doubleValue }
    }
    return Double(count) / (time * 1e-6)
  }
}
