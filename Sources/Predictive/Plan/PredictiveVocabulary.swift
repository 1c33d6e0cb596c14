import Distillation
import Exchange
import Foundation
import Networks

/// The models that draws may be of.
public enum PredictiveModelName: String, CaseIterable, Codable, Sendable {
  case logistic, probit, softmax, linear, poisson
  /// A Gaussian mixture on the real line, whose means are in the draws.
  case mixture
  /// Predictions that the sampler's own program made at the rows of the data.
  case values
  /// Draws of the outcome itself, such as Stan's y_rep.
  case samples
  /// Draws of the outcome at each row of the data, such as y_rep of a regression of any kind.
  case outcomes

  /// Whether the student is a density of the outcome, which has no inputs.
  public var isDensity: Bool { self == .mixture || self == .samples }

  /// The families there are for the model, the default first.
  public var families: [PredictiveFamilyName] {
    let families = CompactFamily.known.all.filter { $0.models.contains(self) }.map { Named($0) }
    return self == .values ? [.network] + families.filter { $0 != .network } : families
  }
}

/// The family that is asked for.
public enum FamilyChoice: RawRepresentable, Codable, Equatable, Sendable {
  /// The model's closed form, or what is nearer to the draws among forms of its size.
  case automatic
  case one(PredictiveFamilyName)

  public init?(rawValue: String) {
    if rawValue == "automatic" {
      self = .automatic
      return
    }
    guard let name = PredictiveFamilyName(rawValue: rawValue) else { return nil }
    self = .one(name)
  }

  /// - Throws: `SpecificationError` with the nearest name.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    self = text == Self.automatic.rawValue ? .automatic : .one(try Named(from: decoder))
  }

  /// Nil for the choice of the program.
  public var name: PredictiveFamilyName? { if case .one(let name) = self { name } else { nil } }

  public var rawValue: String { name?.rawValue ?? "automatic" }
}

/// What a student of classes minimises, as text: any loss towards the teacher, or a word for one.
public struct PredictiveLossText: RawRepresentable, Codable, Equatable {
  public static let words = [
    "cross-entropy": "softCrossEntropy", "kullback-leibler": "kullbackLeibler",
    "score-matching": "averageScoreMatching",
    "squared-error-on-probabilities": "squaredErrorOnProbabilities",
    "squared-error-on-logits": "squaredErrorOnLogits",
    "squared-error-on-log-probabilities": "squaredErrorOnLogProbabilities",
    "derivatives": "derivativeSquaredError",
  ]

  public static var crossEntropy: Self { Self(rawValue: "cross-entropy")! }

  public let rawValue: String
  public let loss: Loss

  /// Nil for what cannot be understood, or compares more than what a posterior predictive says.
  public init?(rawValue text: String) {
    guard let loss = try? Loss(parsing: Self.words[text] ?? text), loss.needs.teacher,
      !loss.needs.labels, loss.needs.studentFeatures.isEmpty, loss.needs.projections == 0
    else { return nil }
    (rawValue, self.loss) = (text, loss)
  }

  public static func == (one: Self, other: Self) -> Bool { one.rawValue == other.rawValue }
}

/// The built-in samplers.
public enum SamplerName: String, CaseIterable, Codable, Sendable {
  case slice, hmc, nuts
}

/// Where the student is compared with the draws.
public enum InputPlace: RawRepresentable, Codable, Equatable, Sendable {
  /// At the rows of the data.
  case rows
  /// At draws from N(0, variance I).
  case gaussian(variance: Double)

  public init?(rawValue: String) {
    if rawValue == "data" {
      self = .rows
      return
    }
    let parts = rawValue.split(separator: ":")
    guard parts.count == 2, parts[0] == "gaussian", let variance = Double(parts[1]),
      NumberBounds.spread.contains(variance)
    else { return nil }
    self = .gaussian(variance: variance)
  }

  public var rawValue: String {
    switch self {
    case .rows: "data"
    case .gaussian(let variance): "gaussian:\(variance)"
    }
  }
}
