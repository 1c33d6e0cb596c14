import Distillation
import Foundation
import Mathematics
import Probability
import Tensors

/// Regressions whose outcome depends on the input through one number, η = w · x, and the draw is w.
///
/// Add a column of ones to the inputs for a bias.
public struct LinearPredictorModel: PredictiveModel, Codable, Hashable {
  /// How the outcome depends on η.
  public enum Outcome: Codable, Hashable, Sendable {
    /// Two classes, P(y = 1) = σ(η).
    case logistic
    /// Two classes, P(y = 1) = Φ(η).
    case probit
    /// A number, y ~ N(η, noise²).
    case linear(noise: Double)
    /// A number, y ~ N(η, s²); the draw is w and then s.
    case linearWithNoise
    /// A number, y = η + s ε with ε of Student's t; the draw is w, then s, then the degrees of freedom.
    case linearWithTails
    /// A count with mean exp(η).
    case poisson
  }

  public let inputs: Int
  public let outcome: Outcome

  public var dimension: Int {
    inputs + (outcome == .linearWithNoise ? 1 : outcome == .linearWithTails ? 2 : 0)
  }
  public var outputs: Int { link == nil ? 1 : 2 }
  public var quantity: PredictedQuantity { link == nil ? .means : .probabilities }
  public var hasSlopes: Bool { true }

  /// The link of a model of two classes.
  private var link: Link? {
    switch outcome {
    case .logistic: .logistic
    case .probit: .probit
    case .linear, .linearWithNoise, .linearWithTails, .poisson: nil
    }
  }

  public init(_ outcome: Outcome, inputs: Int) {
    precondition(inputs > 0, "LinearPredictorModel: \(inputs) inputs, must be positive")
    if case .linear(let noise) = outcome {
      precondition(noise > 0, "LinearPredictorModel: the noise must be positive, not \(noise)")
    }
    self.inputs = inputs
    self.outcome = outcome
  }

  @inline(__always)
  private func predictor(_ draw: UnsafePointer<Double>, _ input: UnsafePointer<Double>) -> Double {
    var sum = 0.0
    for j in 0..<inputs { sum += draw[j] * input[j] }
    return sum
  }

  private func tails(_ draw: UnsafePointer<Double>, around eta: Double) -> StudentT {
    StudentT(degreesOfFreedom: draw[inputs + 1], location: eta, scale: draw[inputs])
  }

  public func predict(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    values: UnsafeMutablePointer<Double>,
    slopes: UnsafeMutablePointer<Double>?
  ) {
    let eta = predictor(draw, input)
    guard let link else {
      var mean = eta
      var slope = 1.0
      if case .poisson = outcome {
        mean = exp(eta)
        slope = mean
      }
      values[0] = mean
      if let slopes { for j in 0..<inputs { slopes[j] = slope * draw[j] } }
      return
    }
    let s = link.evaluate(eta)
    values[0] = s.complement
    values[1] = s.value
    guard let slopes else { return }
    for j in 0..<inputs {
      slopes[j] = -s.slope * draw[j]
      slopes[inputs + j] = s.slope * draw[j]
    }
  }

  public func sample(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    using random: inout RandomStream
  ) -> Double {
    let eta = predictor(draw, input)
    if let link { return random.uniform() < link.evaluate(eta).value ? 1 : 0 }
    switch outcome {
    case .linear(let noise): return eta + noise * random.normal()
    case .linearWithNoise: return eta + draw[inputs] * random.normal()
    case .linearWithTails: return tails(draw, around: eta).sample(using: &random)
    default: return random.poissonCount(mean: exp(eta))
    }
  }

  public func sum(
    _ draws: Tensor,
    at inputs: Tensor,
    slopes wantsSlopes: Bool
  ) -> (values: Tensor, slopes: Tensor?) {
    let draws =
      dimension > self.inputs ? draws.slicing(0..<self.inputs, along: 1) : draws
    let eta = inputs.matmul(draws.transposed())
    guard let link else {
      let isPoisson = outcome == .poisson
      let mean = isPoisson ? eta.exponential : eta
      let slope = isPoisson ? mean.matmul(draws) : mean.onesLike.matmul(draws)
      return (
        mean.sum(along: 1, keepingAxes: true), wantsSlopes ? slope.insertingAxis(1) : nil
      )
    }
    // Both classes are summed apart, so that the rarer one keeps its digits.
    let (value, complement) = (link.value(eta), link.value(-eta))
    let values = Tensor.stacked([complement.sum(along: 1), value.sum(along: 1)], along: 1)
    guard wantsSlopes else { return (values, nil) }
    let slope = link.slope(eta, value, complement).matmul(draws)
    return (values, .stacked([-slope, slope], along: 1))
  }
}

extension LinearPredictorModel: OutcomeModel {
  public func logProbability(
    of value: Double,
    given draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>
  ) -> Double {
    let eta = predictor(draw, input)
    switch outcome {
    case .logistic, .probit:
      let s = link!.evaluate(eta)
      return log(value > 0.5 ? s.value : s.complement)
    case .linear(let noise): return Normal.logDensity(value, eta, noise)
    case .linearWithNoise: return Normal.logDensity(value, eta, draw[inputs])
    case .linearWithTails: return tails(draw, around: eta).logProbability(of: value)
    case .poisson: return value * eta - exp(eta) - lgamma(value + 1)
    }
  }
}

extension Normal {
  /// log N(value; mean, deviation²).
  @inline(__always)
  static func logDensity(_ value: Double, _ mean: Double, _ deviation: Double) -> Double {
    let z = (value - mean) / deviation
    return -0.5 * z * z - log(deviation) - StandardNormal.logSqrtTwoPi
  }
}
