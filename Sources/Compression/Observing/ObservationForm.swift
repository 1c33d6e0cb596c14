import Distillation
import Foundation
import Tensors

/// How numbers of observations are kept: exactly, or in fewer bytes with an error that is measured.
public enum ObservationForm: Hashable, Sendable, LosslessStringConvertible {
  /// To the last bit.
  case float32
  /// In half the bytes, with 8 significant bits.
  case bfloat16
  /// In a quarter of the bytes: 255 levels from the largest number of a row down, the step of each row
  /// beside them. Of log-probabilities levels reach 16 below the largest, e^−16 of its probability.
  case int8
  /// The most probable classes alone with their log-probabilities, and the mass of all others, which is
  /// taken as spread evenly over them. Derivatives and features are then kept as ``bfloat16``.
  case mostProbable(Int)

  /// `float32`, `bfloat16`, `int8` or `top-k:5`; nil for anything else.
  public init?(_ text: String) {
    switch text {
    case "float32": self = .float32
    case "bfloat16": self = .bfloat16
    case "int8": self = .int8
    default:
      guard text.hasPrefix("top-k:"), let count = Int(text.dropFirst(6)),
        (1...1 << 20).contains(count), text == "top-k:\(count)"
      else { return nil }
      self = .mostProbable(count)
    }
  }

  public var description: String {
    switch self {
    case .float32: "float32"
    case .bfloat16: "bfloat16"
    case .int8: "int8"
    case .mostProbable(let count): "top-k:\(count)"
    }
  }

  /// That of derivatives and features.
  var ofOthers: ObservationForm {
    if case .mostProbable = self { .bfloat16 } else { self }
  }
}

extension ObservationForm: Codable {
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let form = ObservationForm(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "there is no form '\(text)'")
      )
    }
    self = form
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
