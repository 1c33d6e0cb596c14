import Tensors

extension Loss {
  /// What a loss on features, or on relations between examples, looks at.
  public enum Embedding: Sendable, Equatable {
    /// The values as they are.
    case values
    /// What was tapped in student and teacher under one name; their widths may differ.
    case tap(String)
    /// Taps of different names.
    case taps(student: String, teacher: String)

    public var needs: Needs {
      switch self {
      case .values: Needs(teacher: true)
      case .tap(let name): Needs(teacher: true, studentFeatures: [name], teacherFeatures: [name])
      case .taps(let student, let teacher):
        Needs(teacher: true, studentFeatures: [student], teacherFeatures: [teacher])
      }
    }

    /// As it is written after `of:`.
    var text: String {
      switch self {
      case .values: "values"
      case .tap(let name): name
      case .taps(let student, let teacher): "\(student) → \(teacher)"
      }
    }

    /// The teacher's tap; nil for the values.
    var teacherTap: String? {
      switch self {
      case .values: nil
      case .tap(let name): name
      case .taps(_, let teacher): teacher
      }
    }

    /// The student's tap; nil for the values.
    var studentTap: String? {
      switch self {
      case .values: nil
      case .tap(let name): name
      case .taps(let student, _): student
      }
    }

    /// What is tapped, in words.
    var place: String {
      switch self {
      case .values: "the values of student and teacher"
      case .tap(let name): "tap '\(name)' of student and teacher"
      case .taps(let student, let teacher): "student tap '\(student)' and teacher tap '\(teacher)'"
      }
    }

    /// `[batch, width]` of student and teacher.
    func of(_ comparison: Comparison) throws -> (student: Tensor, teacher: Tensor) {
      let (student, teacher) = try features(comparison)
      return (student.flattened(from: 1), teacher.flattened(from: 1))
    }

    /// `[batch, …]` of student and teacher, of any rank.
    public func features(_ comparison: Comparison) throws -> (student: Tensor, teacher: Tensor) {
      let teacher = try comparison.taught()
      switch self {
      case .values: return (comparison.student.values, teacher.values)
      case .tap(let name):
        return try (comparison.student.tapped(name, "student"), teacher.tapped(name, "teacher"))
      case .taps(let own, let other):
        return try (comparison.student.tapped(own, "student"), teacher.tapped(other, "teacher"))
      }
    }
  }

  /// A term on the relations between the examples of a batch, of which there must be enough.
  static func relational(
    _ name: String,
    _ embedding: Embedding,
    _ settings: [(name: String, value: Double)] = [],
    examples least: Int,
    _ value: @escaping (_ student: Tensor, _ teacher: Tensor) -> Tensor
  ) -> Loss {
    Loss(name, settings, needs: embedding.needs) { comparison in
      let (student, teacher) = try embedding.of(comparison)
      guard student.shape[0] >= least else {
        throw DistillationError(
          "\(name) relates \(least) examples to each other, but the batch has \(student.shape[0]): "
            + "make batches larger, or drop a last one that is smaller"
        )
      }
      return value(student, teacher)
    }
  }

  /// Rows of length 1, (Σ |x|^order)^(1/order); rows of length 0 stay, without a gradient: they have
  /// no direction.
  static func unitRows(_ rows: Tensor, order: Double = 2) -> Tensor {
    let lengths = rows.norm(order: order, along: -1, keepingAxes: true)
    return (rows / lengths.clamped(min: 1e-12)).filled(with: 0, where: lengths .== 0)
  }
}

extension Observation {
  /// What was seen at a tap.
  func tapped(_ name: String, _ who: String) throws -> Tensor {
    guard let feature = features[name] else {
      let names = passed.prefix(40).map { tap, shape in
        "\(tap) (\(shape.map(String.init).joined(separator: "×")))"
      }
      throw DistillationError(
        "the \(who) has no tap '\(name)': "
          + (names.isEmpty
            ? "see which names its layers have, and name one of them"
            : "it has \(names.joined(separator: ", "))\(passed.count > 40 ? ", …" : "")")
      )
    }
    return feature
  }
}
