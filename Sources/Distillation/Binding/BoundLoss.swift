import Networks
import Tensors

/// A term of a loss for one student and one teacher.
public struct BoundTerm {
  /// Networks of the term itself, which are trained with the student and kept in its checkpoints.
  public let modules: [any Module]
  /// The unweighted term: a scalar.
  public let value: (Comparison) throws -> Tensor
  fileprivate var frozen: [Parameter] = []
  fileprivate var notes: [String] = []
  fileprivate var shapes: [String: [[Int]]] = [:]

  public init(_ modules: [any Module] = [], value: @escaping (Comparison) throws -> Tensor) {
    (self.modules, self.value) = (modules, value)
  }
}

/// A loss for one student and one teacher: its terms with the projectors, heads, memories and
/// constants that were made for them.
///
/// `distill` binds a loss at the first batch; by hand it is done to look at the parts, or because
/// the batches do not say what all examples are:
///
/// ```swift
/// let loss = try Loss(parsing: "crossEntropy + 500 * factorTransfer(of: 3)")
/// let bound = try loss.bound(to: student, from: ModuleTeacher(teacher), on: examples)
/// print(bound.notes)
/// try Distiller(student, minimizing: bound).run(on: batches, observing: ModuleTeacher(teacher))
/// ```
public struct BoundLoss {
  public let loss: Loss
  /// Those of the loss, in its order.
  public let terms: [BoundTerm]

  /// Networks that are trained with the student.
  public var modules: [any Module] { terms.flatMap(\.modules) }

  /// What the loss puts in between student and teacher, a sentence each.
  public var notes: [String] { terms.flatMap(\.notes) }

  /// Parameters of the student that stay as they are.
  var frozen: [Parameter] { terms.flatMap(\.frozen) }

  /// The weighted sum: a scalar.
  ///
  /// - Throws: ``DistillationError`` when the observations cannot be compared.
  public func callAsFunction(_ comparison: Comparison) throws -> Tensor {
    var sum: Tensor?
    for (term, bound) in zip(loss.terms, terms) {
      let value = try bound.value(comparison)
      let weighted = term.weight == 1 ? value : value * term.weight
      sum = sum.map { $0 + weighted } ?? weighted
    }
    guard let sum else { throw DistillationError("a loss needs at least one term") }
    return sum
  }

  /// Each term as a loss of its own.
  var apart: [BoundLoss] {
    zip(loss.terms, terms).map { BoundLoss(loss: Loss([$0]), terms: [$1]) }
  }

  /// What an optimizer moves: the parameters of student and loss, each once even where terms share a
  /// network.
  func trainedParameters(with student: any Module) -> [Parameter] {
    var seen = Set(frozen.map { ObjectIdentifier($0) })
    return ([student] + modules).flatMap(\.parameters).filter {
      seen.insert(ObjectIdentifier($0)).inserted
    }
  }

  /// The shapes that connectors were made for, by their path in a checkpoint.
  var shapes: [String: [[Int]]] {
    var (all, first): ([String: [[Int]]], Int) = ([:], 0)
    for term in terms {
      for (path, shapes) in term.shapes {
        all[path.isEmpty ? "\(first)" : "\(first).\(path)"] = shapes
      }
      first += term.modules.count
    }
    return all
  }
}

extension Loss {
  /// The loss for one student and one teacher: with its networks, which may learn from the teacher
  /// first, and its memories.
  ///
  /// `reusedHead` puts the teacher's last layers into the student, where they stay as they are.
  ///
  /// - Parameters:
  ///   - teacher: Nil for a loss on labels.
  ///   - examples: What the student will be trained on, all of it; both are looked at at the first
  ///     16 of them where the loss compares features.
  ///   - learning: Whether networks that learn from the teacher do so now. Not where a checkpoint
  ///     brings what they learnt. The default is that they learn.
  ///   - seed: Where first weights and the order of examples come from.
  ///   - progress: Called after every step of networks that learn; may stop them.
  /// - Throws: ``DistillationError`` when taps are missing, or student and teacher do not fit.
  public func bound(
    to student: any Module,
    from teacher: (any Teacher)?,
    on examples: Examples,
    learning: Bool = true,
    seed: UInt64 = 0,
    progress: ((TrainingProgress) -> Continuation)? = nil
  ) throws -> BoundLoss {
    try bound(
      to: Binding.Sides(
        student: student,
        teacher: teacher,
        isLearning: learning,
        seed: seed,
        progress: progress,
        sight: FirstSight { (try firstComparison(of: student, teacher, examples), examples) }
      )
    )
  }

  /// The loss for what is seen in a comparison.
  ///
  /// - Throws: ``DistillationError`` where a term needs to know student, teacher or examples.
  public func bound(seeing comparison: Comparison) throws -> BoundLoss {
    try bound(to: Binding.Sides(sight: FirstSight { (comparison, nil) }))
  }

  /// - Parameter shapes: Those that a checkpoint remembers; see ``BoundLoss/shapes``.
  func bound(
    to sides: Binding.Sides,
    remembering shapes: [String: [[Int]]] = [:]
  ) throws -> BoundLoss {
    var first = 0
    let bound = try terms.map { term in
      let binding = Binding(sides, remembering: shapes.below("\(first)"))
      var bound = try withTorchErrors { try term.bind(binding) }
      (bound.frozen, bound.notes, bound.shapes) = (binding.frozen, binding.notes, binding.shapes)
      first += bound.modules.count
      return bound
    }
    return BoundLoss(loss: self, terms: bound)
  }

  /// The loss as a part of a term that is being bound.
  func bound(to binding: Binding) throws -> BoundLoss {
    BoundLoss(loss: self, terms: try terms.map { try $0.bind(binding) })
  }

  /// Evaluates the loss at the first examples, with all networks it needs, so that what does not fit
  /// is refused before a long run begins.
  ///
  /// Networks that learn from the teacher do not do so. `reusedHead` changes the student.
  ///
  /// - Returns: What the loss puts in between student and teacher, a sentence each.
  /// - Throws: ``DistillationError`` as the training would.
  public func validate(
    for student: any Module,
    from teacher: any Teacher,
    on examples: Examples
  ) throws -> [String] {
    let bound = try bound(to: student, from: teacher, on: examples, learning: false)
    try withTorchErrors {
      try withoutGradient {
        let comparison = try firstComparison(of: student, teacher, examples)
        try comparison.check()
        _ = try bound(comparison)
      }
    }
    return bound.notes
  }

  /// Student and teacher at up to 16 examples, with the features that the loss compares.
  private func firstComparison(
    of student: any Module,
    _ teacher: (any Teacher)?,
    _ examples: Examples
  ) throws -> Comparison {
    let rows = Tensor.range(0..<min(16, examples.count)).moved(to: examples.device)
    let batch = try examples.batch(of: rows)
    return Comparison(
      student.observe(batch.inputs, Request(features: needs.studentFeatures)),
      try teacher?.observe(batch, Request(features: needs.teacherFeatures)),
      labels: batch.labels,
      inputs: batch.inputs,
      indices: rows
    )
  }
}

extension [String: [[Int]]] {
  /// What is at a path and below it, by the rest of the path.
  fileprivate func below(_ path: String) -> Self {
    reduce(into: [:]) { found, entry in
      if entry.key == path { found[""] = entry.value }
      if entry.key.hasPrefix(path + ".") {
        found[String(entry.key.dropFirst(path.count + 1))] = entry.value
      }
    }
  }
}

/// The networks of a term that are made together; their paths in checkpoints begin with their
/// position here.
struct Parts: Module {
  let modules: [any Module]

  init(_ modules: [any Module]) { self.modules = modules }

  func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input }

  var members: [(name: String, member: ModuleMember)] {
    modules.enumerated().map { ("\($0.offset)", .module($0.element)) }
  }
}
