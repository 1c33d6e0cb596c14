import Foundation
import Mathematics

/// Student's t with `degreesOfFreedom` ν, moved and scaled: `(x − location) / scale ~ t(ν)`.
public struct StudentT: Distribution, Codable, Hashable {
  public let degreesOfFreedom: Double
  public let location: Double
  public let scale: Double

  public init(degreesOfFreedom: Double, location: Double = 0, scale: Double = 1) {
    precondition(
      degreesOfFreedom > 0 && scale > 0,
      "StudentT: degrees of freedom (\(degreesOfFreedom)) and scale (\(scale)) must be positive"
    )
    self.degreesOfFreedom = degreesOfFreedom
    self.location = location
    self.scale = scale
  }

  public func logProbability(of value: Double) -> Double {
    let nu = degreesOfFreedom
    let z = (value - location) / scale
    return logGamma(0.5 * (nu + 1)) - logGamma(0.5 * nu) - 0.5 * log(nu * .pi) - log(scale)
      - 0.5 * (nu + 1) * log1p(z * z / nu)
  }

  public func sample(using random: inout RandomStream) -> Double {
    let square = 2 * random.gamma(shape: 0.5 * degreesOfFreedom) / degreesOfFreedom
    return location + scale * random.normal() / square.squareRoot()
  }
}
