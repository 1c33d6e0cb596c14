import Networks
import Tensors

/// A student and its teacher seen at the same inputs: what a loss looks at.
public struct Comparison {
  /// `[batch, inputs…]`.
  public let inputs: Tensor
  public let student: Observation
  public let teacher: Observation?
  /// `[batch]`, integers.
  public let labels: Tensor?
  /// The random directions that derivatives are compared along, `[batch, projections, classes]`.
  public let directions: Tensor?
  /// Given while the student is trained: what networks of the loss draw random numbers from.
  public let generator: RandomGenerator?
  /// Where the examples are in their data set, `[batch]`, integers: for losses that remember them.
  public let indices: Tensor?

  public init(
    _ student: Observation,
    _ teacher: Observation? = nil,
    labels: Tensor? = nil,
    inputs: Tensor,
    directions: Tensor? = nil,
    training generator: RandomGenerator? = nil,
    indices: Tensor? = nil
  ) {
    self.student = student
    self.teacher = teacher
    self.labels = labels
    self.inputs = inputs
    self.directions = directions
    self.generator = generator
    self.indices = indices
  }

  /// How networks of the loss are to be evaluated: in training when the student is.
  public var pass: Pass { generator.map { Pass(training: $0) } ?? .evaluation }

  /// The teacher's observation, of which a term says that it needs one.
  public func taught() throws -> Observation {
    guard let teacher else { throw Self.noTeacher }
    return teacher
  }

  /// The labels, of which a term says that it needs them.
  public func labelled() throws -> Tensor {
    guard let labels else { throw Self.noLabels }
    return labels
  }

  /// The labels as numbers of classes, `[batch]`, Int64.
  ///
  /// - Throws: ``DistillationError`` where there are none, or one is not a whole number.
  public func labelledClasses() throws -> Tensor { try Self.classes(of: labelled()) }

  static func classes(of labels: Tensor) throws -> Tensor {
    let classes = labels.cast(to: .int64)
    if labels.elementType.isFloatingPoint, !(labels .== classes).isAllTrue {
      throw DistillationError("labels of classes must be whole numbers, and some are not")
    }
    return classes
  }

  /// The numbers of the examples, of which a loss remembers something.
  public func numbered() throws -> Tensor {
    guard let indices else {
      throw DistillationError(
        "this loss remembers examples by their number, but the batch has none: give batches of "
          + "Examples, or batches with indices"
      )
    }
    return indices
  }

  static let noTeacher = DistillationError(
    "this loss compares with a teacher, but there is none: give a teacher or batches with "
      + "observations, or choose a loss on labels"
  )

  static let noLabels = DistillationError(
    "this loss compares with labels, but the inputs have none: give labelled examples, or "
      + "choose a loss that compares with a teacher"
  )

  /// Checks that the shapes of student, teacher and labels belong together, which broadcasting
  /// might otherwise hide.
  func check() throws {
    let batch = inputs.shape.first ?? 0
    try Self.check(student, of: "student", count: batch)
    if let labels, labels.shape != [batch] {
      throw DistillationError("labels of shape \(labels.shape) for \(batch) examples")
    }
    guard let teacher else { return }
    try Self.check(teacher, of: "teacher", count: batch)
    if let classes = teacher.classes { return try checkMostProbable(classes, of: teacher) }
    try Self.check(teacher, besideClasses: student.classCount, as: student.meaning)
  }

  /// Checks a teacher of which only the most probable classes are known.
  private func checkMostProbable(_ classes: Tensor, of teacher: Observation) throws {
    guard student.meaning.isOverClasses, teacher.meaning == .logProbabilities,
      classes.shape == teacher.values.shape, teacher.outputCount < student.classCount
    else {
      throw DistillationError(
        "the teacher gives \(teacher.outputCount) \(teacher.meaning.words) for classes of shape "
          + "\(classes.shape): must be log-probabilities of fewer classes than the student's "
          + "\(student.classCount), and as many class numbers"
      )
    }
  }

  /// Checks that an observation is one of so many examples.
  static func check(_ observation: Observation, of who: String, count: Int) throws {
    let shape = observation.values.shape
    guard shape.count == 2, shape[0] == count else {
      throw DistillationError(
        "the \(who) gave values of shape \(shape) for \(count) examples: must be "
          + "[\(count), outputs]"
      )
    }
    guard count > 0 else { throw DistillationError("a batch has no examples") }
    guard
      observation.meaning != .probabilities || observation.classes != nil
        || observation.areProbabilities
    else {
      throw DistillationError(
        "the \(who)'s probabilities are negative or do not add up to 1: give logits or "
          + "log-probabilities as what they are"
      )
    }
  }

  /// Checks that a teacher speaks of the classes, or of the numbers, that the student has.
  static func check(
    _ teacher: Observation,
    besideClasses classes: Int,
    as meaning: Observation.Meaning
  ) throws {
    guard classes == teacher.classCount else {
      throw DistillationError(
        "the student has \(classes) \(meaning.nouns) and the teacher "
          + "\(teacher.classCount): they cannot be compared"
      )
    }
    guard meaning.isOverClasses == teacher.meaning.isOverClasses,
      meaning.isOfLabels == teacher.meaning.isOfLabels
    else {
      throw DistillationError(
        "the student gives \(meaning.words) and the teacher \(teacher.meaning.words): "
          + "they cannot be compared"
      )
    }
  }
}

extension Observation {
  /// Whether probabilities are none that is negative, and add up to 1 but for rounding.
  fileprivate var areProbabilities: Bool {
    let values = values.detached.cast(to: .float32)
    let sums = outputCount == 1 ? values.clamped(min: 1) : values.sum(along: 1)
    return (values .>= -1e-3).isAllTrue && ((sums - 1).magnitude .<= 0.02).isAllTrue
  }
}

extension Observation.Meaning {
  fileprivate var nouns: String { isOverClasses ? "classes" : "outputs" }
}
