import Tensors

/// What a certificate measures of a model on examples.
public enum Measure: String, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
  /// The share of examples whose most probable class is the true one.
  case accuracy
  /// The mean log-probability of the true class, in nats.
  case logProbability
  /// Brier's score, from 0 to 2.
  case brier
  /// The expected calibration error, 15 bins of equal width.
  case calibrationError
  /// The share of examples where the most probable class is the teacher's.
  case agreement
  /// The mean KL(teacher ‖ model), in nats.
  case divergence

  public var isLargerBetter: Bool {
    switch self {
    case .accuracy, .logProbability, .agreement: true
    case .brier, .calibrationError, .divergence: false
    }
  }

  /// Whether it compares with the teacher, and so says nothing of the teacher itself.
  public var needsTeacher: Bool { self == .agreement || self == .divergence }

  /// For people.
  public var name: String {
    switch self {
    case .accuracy: "accuracy"
    case .logProbability: "log-probability"
    case .brier: "Brier score"
    case .calibrationError: "calibration error"
    case .agreement: "agreement with teacher"
    case .divergence: "KL from teacher"
    }
  }

  /// One number per example, `[examples]`; nil for the calibration error, which no example has by
  /// itself.
  func values(_ model: ClassPredictions, _ teacher: ClassPredictions) -> Tensor? {
    switch self {
    case .accuracy: model.correctness
    case .logProbability: model.logProbability
    case .brier: model.brierScore
    case .calibrationError: nil
    case .agreement: model.agreement(with: teacher)
    case .divergence: model.divergence(from: teacher)
    }
  }
}

/// What a certificate could not certify, in one sentence.
public struct CertificateError: Error, CustomStringConvertible, Sendable, Equatable {
  public let description: String

  public init(_ description: String) { self.description = description }
}
