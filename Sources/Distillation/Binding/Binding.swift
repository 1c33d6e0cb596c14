import Networks
import Tensors

/// One student and one teacher that a term of a loss is bound to, and what is known of them: what
/// its networks and memories are made from.
public final class Binding {
  /// Nil where a loss is evaluated without one.
  public let student: (any Module)?
  /// Nil where only what it did is known.
  public let teacher: (any Teacher)?
  /// Whether networks that learn from the teacher do so now; else a checkpoint has what they learnt.
  public let isLearning: Bool
  /// Where first weights and the order of examples come from.
  public let seed: UInt64
  /// To be called after every step of networks that learn; may stop them.
  public let progress: ((TrainingProgress) -> Continuation)?
  /// Parameters of the student that stay as they are.
  var frozen: [Parameter] = []
  /// What the term puts in between student and teacher, a sentence each.
  private(set) var notes: [String] = []
  /// The shapes that connectors were made for, by their path in the term.
  private(set) var shapes: [String: [[Int]]] = [:]
  private let sight: FirstSight
  private let remembered: [String: [[Int]]]

  init(_ sides: Sides, remembering shapes: [String: [[Int]]] = [:]) {
    student = sides.student
    teacher = sides.teacher
    isLearning = sides.isLearning
    seed = sides.seed
    progress = sides.progress
    sight = sides.sight
    remembered = shapes
  }

  /// What all terms of a loss are bound to.
  struct Sides {
    var student: (any Module)?
    var teacher: (any Teacher)?
    var isLearning = true
    var seed: UInt64 = 0
    var progress: ((TrainingProgress) -> Continuation)?
    let sight: FirstSight
  }

  /// Student and teacher at the first examples, with the taps that the loss compares.
  public func comparison() throws -> Comparison { try look().comparison }

  private func look() throws -> (comparison: Comparison, examples: Examples?) {
    try withTorchErrors { try withoutGradient(sight.value) }
  }

  /// All that the student will be trained on.
  ///
  /// - Throws: ``DistillationError`` where it is not known.
  public func examples(for name: String) throws -> Examples {
    guard let examples = try look().examples else {
      throw DistillationError(
        "\(name) needs all examples before the first step: give batches of Examples as they are, or "
          + "bind the loss with bound(to:from:on:)"
      )
    }
    return examples
  }

  /// A generator of the seed, on the device of what student and teacher look at.
  public func generator() throws -> RandomGenerator {
    RandomGenerator(seed: seed, on: try comparison().inputs.device)
  }

  /// Tells people what the term puts in between student and teacher, in a sentence.
  public func note(_ sentence: String) { notes.append(sentence) }

  /// The teacher, for a term that asks it more than what it did at a batch.
  func askedTeacher(for name: String) throws -> any Teacher {
    guard let teacher else {
      throw DistillationError(
        "\(name) asks the teacher itself before the first step: give it to distill, or bind the loss "
          + "with bound(to:from:on:)"
      )
    }
    return teacher
  }

  /// The teacher's network from a tap on: its head.
  ///
  /// - Throws: ``DistillationError`` when the teacher's layers do not follow one another, or nothing
  ///   follows the tap.
  func head(after tap: String, for name: String) throws -> Sequential {
    guard let teacher = try askedTeacher(for: name) as? ModuleTeacher else {
      throw DistillationError(
        "\(name) uses the teacher's last layers: the teacher must be one network"
      )
    }
    guard let head = teacher.module.layers(after: tap) else {
      let taps = try comparison().teacher?.passed.map(\.name) ?? []
      let positions = taps.filter { teacher.module.layers(after: $0) != nil }
      throw DistillationError(
        "\(name) uses the teacher's layers after tap '\(tap)', and there are none: name one of "
          + positions.joined(separator: ", ")
      )
    }
    return head
  }

  /// A projector's layers from the student's feature to the teacher's at an embedding.
  public func connector(_ projector: Projector, between embedding: Loss.Embedding) throws
    -> Connector
  {
    try connector(projector, between: embedding.place) { comparison in
      let (student, teacher) = try embedding.features(comparison)
      return (student, Array(teacher.shape.dropFirst()))
    }
  }

  /// A projector's layers for shapes that a checkpoint remembers, or else that are seen.
  ///
  /// - Parameters:
  ///   - place: What the layers stand between, in words.
  ///   - path: Where they are in the term.
  ///   - ends: The student's feature, and the shape wanted without the batch axis.
  func connector(
    _ projector: Projector,
    between place: String,
    at path: String = "",
    _ ends: (Comparison) throws -> (student: Tensor, shape: [Int])
  ) throws -> Connector {
    let connector: Connector
    if let known = remembered[path], known.count == 2 {
      let example = student?.parameters.first?.value ?? Tensor(0.0)
      connector = try projector.connector(from: known[0], to: known[1], place, like: example)
    } else {
      let (own, shape) = try ends(comparison())
      connector = try projector.connector(
        from: Array(own.shape.dropFirst()),
        to: shape,
        place,
        like: own
      )
    }
    shapes[path] = connector.shapes
    if let sentence = connector.note { note(sentence) }
    return connector
  }
}

/// What student and teacher did at the first examples, looked at when a term asks.
typealias FirstSight = Once<(comparison: Comparison, examples: Examples?)>

/// Something that is made at most once, when it is asked for.
final class Once<Value> {
  private let make: () throws -> Value
  private var made: Value?

  init(_ make: @escaping () throws -> Value) { self.make = make }

  func value() throws -> Value {
    if let made { return made }
    let value = try make()
    made = value
    return value
  }
}
