import Tensors

/// What to observe of a model at a batch of inputs, besides its values.
public struct Request {
  /// Which derivatives with respect to the inputs.
  public enum Derivatives {
    case none
    /// Of every output: one backward pass for each.
    case all
    /// Of log-probabilities (of the values where these are not over classes), along directions v
    /// `[batch, projections, classes]`: one backward pass for each projection.
    case along(Tensor)
  }

  public var derivatives: Derivatives
  /// The names of taps whose values are wanted.
  public var features: Set<String>

  public init(derivatives: Derivatives = .none, features: Set<String> = []) {
    self.derivatives = derivatives
    self.features = features
  }

  /// The values alone.
  public static var values: Request { Request() }

  /// The request for some of the examples.
  func slice(_ range: Range<Int>) -> Request {
    guard case .along(let directions) = derivatives else { return self }
    return Request(derivatives: .along(directions[range]), features: features)
  }
}

/// What a loss must have to be computed.
public struct Needs: Sendable, Equatable {
  public var labels = false
  /// Whether there must be a teacher.
  public var teacher = false
  /// Whether derivatives of every output are compared.
  public var derivatives = false
  /// How many random directions derivatives are compared along.
  public var projections = 0
  /// Taps of the student and of the teacher.
  public var studentFeatures: Set<String> = []
  public var teacherFeatures: Set<String> = []

  public init(
    labels: Bool = false,
    teacher: Bool = false,
    derivatives: Bool = false,
    projections: Int = 0,
    studentFeatures: Set<String> = [],
    teacherFeatures: Set<String> = []
  ) {
    self.labels = labels
    self.teacher = teacher
    self.derivatives = derivatives
    self.projections = projections
    self.studentFeatures = studentFeatures
    self.teacherFeatures = teacherFeatures
  }

  /// What both need together.
  public func union(_ other: Needs) -> Needs {
    Needs(
      labels: labels || other.labels,
      teacher: teacher || other.teacher,
      derivatives: derivatives || other.derivatives,
      projections: max(projections, other.projections),
      studentFeatures: studentFeatures.union(other.studentFeatures),
      teacherFeatures: teacherFeatures.union(other.teacherFeatures)
    )
  }
}
