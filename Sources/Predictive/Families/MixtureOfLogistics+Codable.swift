import Foundation
import Networks

extension MixtureOfLogistics: Codable {
  private enum CodingKeys: CodingKey {
    case family, link, weights, coefficients, weightsAreFixed, formula
  }

  private static let family = "mixture of logistics"

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.family, forKey: .family)
    try container.encode(link, forKey: .link)
    try container.encode(weights, forKey: .weights)
    try container.encode(coefficients.rows, forKey: .coefficients)
    try container.encode(logWeights.role == .buffer, forKey: .weightsAreFixed)
    try container.encode(description, forKey: .formula)
  }

  /// - Throws: `DecodingError` when weights and coefficients do not fit together.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let coefficients = try container.decode([[Double]].self, forKey: .coefficients)
    let weights = try container.decode([Double].self, forKey: .weights)
    try container.require(
      coefficients.count == weights.count && coefficients.first?.isEmpty == false
        && coefficients.allSatisfy {
          $0.count == coefficients[0].count && $0.areModerate
        }
        && weights.areWeights,
      .coefficients,
      "a mixture needs a positive weight for each row of coefficients, and rows of one length, all "
        + "below 1e75"
    )
    self.init(
      coefficients,
      weights: weights,
      weightsAreFixed: try container.decode(Bool.self, forKey: .weightsAreFixed),
      link: try container.decode(Link.self, forKey: .link)
    )
  }
}
