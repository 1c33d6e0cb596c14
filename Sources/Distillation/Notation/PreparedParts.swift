import Networks
import Tensors

/// What the networks of a written loss are made from, where the shapes of a batch do not say enough.
struct Preparation {
  let student: any Module
  let teacher: any Teacher
  /// All that the student will be trained on.
  let examples: Examples
  /// Student and teacher at the first examples.
  let comparison: Comparison
  /// Whether parts that learn from the teacher do so now; else their numbers come from a checkpoint.
  let isLearning: Bool
  let seed: UInt64
  let progress: ((TrainingProgress) -> Continuation)?

  var generator: RandomGenerator { RandomGenerator(seed: seed, on: examples.inputs.device) }

  /// The teacher's network from a tap on: its head.
  ///
  /// - Throws: ``DistillationError`` when the teacher's layers do not follow one another, or nothing
  ///   follows the tap.
  func head(after tap: String, for name: String) throws -> Sequential {
    guard let teacher = teacher as? ModuleTeacher else {
      throw DistillationError(
        "\(name) uses the teacher's last layers: the teacher must be one network"
      )
    }
    guard let head = teacher.module.layers(after: tap) else {
      let taps = comparison.teacher?.passed.map(\.name) ?? []
      let positions = taps.filter { teacher.module.layers(after: $0) != nil }
      throw DistillationError(
        "\(name) uses the teacher's layers after tap '\(tap)', and there are none: name one of "
          + positions.joined(separator: ", ")
      )
    }
    return head
  }
}

/// The networks of a loss that was written in text and needs its teacher, or all examples, for them;
/// made by ``Loss/prepare(for:from:on:learning:seed:progress:)``.
final class PreparedParts: DeferredModule {
  /// What a preparation makes.
  struct Made {
    /// The term, unweighted, with its networks.
    let loss: Loss
    /// What was made, in sentences for the user.
    var remarks: [String] = []
    /// Parameters of the student that stay as they are.
    var held: [Parameter] = []
  }

  private let name: String
  private let make: (Preparation) throws -> Made
  private(set) var made: Made?
  private(set) var shapes: [[Int]]?

  init(_ name: String, _ make: @escaping (Preparation) throws -> Made) {
    (self.name, self.make) = (name, make)
  }

  func prepare(_ preparation: Preparation) throws {
    let made = try make(preparation)
    try made.loss.build(seeing: preparation.comparison)
    self.made = made
    shapes = [Array(preparation.comparison.inputs.shape.dropFirst())]
  }

  /// Shapes alone are not enough.
  func build(for shapes: [[Int]], like example: Tensor) throws { throw notPrepared }

  /// The term's value.
  func value(_ comparison: Comparison) throws -> Tensor {
    guard let made else { throw notPrepared }
    return try made.loss(comparison)
  }

  private var notPrepared: DistillationError {
    DistillationError(
      "\(name) was written in text and has networks that are made from the teacher: call "
        + "prepare(for:from:on:) of the loss before the student is trained"
    )
  }

  func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input }

  var members: [(name: String, member: ModuleMember)] {
    (made?.loss.modules ?? []).enumerated().map { ("\($0.offset)", .module($0.element)) }
  }

  var announcement: String? {
    guard let made else { return nil }
    let all = made.remarks + made.loss.announcements
    return all.isEmpty ? nil : all.joined(separator: "; ")
  }
}

extension Loss {
  /// A term that is written in text and whose networks are made when its teacher is known.
  static func prepared(
    _ name: String,
    _ settings: [(name: String, value: Double)] = [],
    taps: [(name: String, value: String)]? = nil,
    needs: Needs,
    _ make: @escaping (Preparation) throws -> PreparedParts.Made
  ) -> Loss {
    let parts = PreparedParts(name, make)
    return Loss(name, settings, taps: taps, needs: needs, modules: [parts]) {
      try parts.value($0)
    }
  }

  private var preparedParts: [PreparedParts] { modules.compactMap { $0 as? PreparedParts } }

  /// Whether networks of the loss wait for ``prepare(for:from:on:learning:seed:progress:)``.
  public var awaitsPreparation: Bool { preparedParts.contains { $0.made == nil } }

  /// Parameters of the student that the loss holds as they are.
  var heldParameters: Set<ObjectIdentifier> {
    Set(preparedParts.flatMap { $0.made?.held ?? [] }.map { ObjectIdentifier($0) })
  }

  /// The parameters of student and loss that training moves, each once even where terms share a
  /// network.
  func trainedParameters(beside student: any Module) -> [Parameter] {
    var seen = heldParameters
    return ([student] + modules).flatMap(\.parameters).filter {
      seen.insert(ObjectIdentifier($0)).inserted
    }
  }

  /// Makes the networks of losses that were written in text and need more than a batch for it: the
  /// teacher's head, a paraphraser that learns from the teacher, a memory of every example.
  ///
  /// ```swift
  /// let loss = try Loss(parsing: "crossEntropy + 500 * factorTransfer(of: 3)")
  /// try loss.prepare(for: student, from: ModuleTeacher(teacher), on: examples)
  /// ```
  ///
  /// Losses without such networks are left alone. `reusedHead` puts the teacher's last layers into
  /// the student, where they stay as they are.
  ///
  /// - Parameters:
  ///   - examples: What the student will be trained on, all of it.
  ///   - learning: Whether networks that learn from the teacher do so now. Not where a checkpoint
  ///     brings what they learnt. The default is that they learn.
  ///   - seed: Where first weights and the order of examples come from.
  ///   - progress: Called after every step of networks that learn; may stop them.
  /// - Throws: ``DistillationError`` when taps are missing, or student and teacher do not fit.
  public func prepare(
    for student: any Module,
    from teacher: any Teacher,
    on examples: Examples,
    learning: Bool = true,
    seed: UInt64 = 0,
    progress: ((TrainingProgress) -> Continuation)? = nil
  ) throws {
    let parts = preparedParts.filter { $0.made == nil }
    guard !parts.isEmpty else { return }
    try withTorchErrors {
      let comparison = try firstSight(of: student, teacher, examples)
      for part in parts {
        try part.prepare(
          Preparation(
            student: student,
            teacher: teacher,
            examples: examples,
            comparison: comparison,
            isLearning: learning,
            seed: seed,
            progress: progress
          )
        )
      }
    }
  }

  /// Evaluates the loss at the first examples, with all networks it needs, so that what does not fit
  /// is refused before a long run begins.
  ///
  /// Networks that learn from the teacher do not do so yet: use a loss of the same text for the
  /// training.
  ///
  /// - Returns: What the loss puts in between student and teacher, a sentence each.
  /// - Throws: ``DistillationError`` as the training would.
  public func rehearse(
    for student: any Module,
    from teacher: any Teacher,
    on examples: Examples
  ) throws -> [String] {
    try prepare(for: student, from: teacher, on: examples, learning: false)
    try withTorchErrors {
      let comparison = try firstSight(of: student, teacher, examples)
      try comparison.check()
      _ = try withoutGradient { try self(comparison) }
    }
    return announcements
  }

  /// Student and teacher at up to 16 examples, with the features that the loss compares.
  private func firstSight(
    of student: any Module,
    _ teacher: any Teacher,
    _ examples: Examples
  ) throws -> Comparison {
    let rows = Tensor.range(0..<min(16, examples.count)).moved(to: examples.inputs.device)
    let batch = Batch(examples, rows: rows)
    return Comparison(
      withoutGradient {
        student.observe(batch.inputs, Request(features: needs.studentFeatures))
      },
      try teacher.observe(batch, Request(features: needs.teacherFeatures)),
      labels: batch.labels,
      inputs: batch.inputs,
      indices: rows
    )
  }
}
