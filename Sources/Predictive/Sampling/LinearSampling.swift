import Exchange
import Foundation
import Probability
import Tensors

/// The posterior of linear regression that is sampled here: with a noise that is known or not, normal or of
/// Student's t.
package struct LinearSampling {
  package let posterior: any DifferentiableDistribution
  package let layout: DrawLayout
  /// A chain's position as a draw.
  package let arrange: ([Double]) -> [Double]
  /// The names of what a draw has beside its coefficients.
  package let names: [String]
  /// What follows the prior of the weights, for people.
  package let remark: String

  /// - Parameters:
  ///   - inputs: Standardised, with the constant.
  ///   - prior: Of the weights, in standard deviations of the outcome.
  package init(
    _ options: DrawOptions,
    _ inputs: [[Double]],
    _ outcomes: [Double],
    _ prior: GaussianPrior,
    _ scaling: InputScaling
  ) throws {
    let (constant, width) = (scaling.hasIntercept, scaling.inputs)
    let standard = StandardisedOutcomes(outcomes, isShifted: constant)
    let unit = ", in standard deviations of the outcome" + (constant ? " from its mean" : "")
    func coefficients(_ position: some Collection<Double>) -> [Double] {
      var draw = scaling.unscaledCoefficients(position.map { $0 * standard.scale })
      if constant { draw[width] += standard.shift }
      return draw
    }
    func number(_ text: String?, _ option: String) throws -> Double? {
      guard let text, text != "unknown" else { return nil }
      guard let value = Double(text), value > 0, value < PredictiveData.largest else {
        throw RunError(
          "\(option) \(text): linear regression is sampled here with a positive number below 1e75, or "
            + "with unknown"
        )
      }
      return value
    }
    let noise = try number(options.noise, "--noise")
    let freedom = try number(options.degreesOfFreedom, "--degrees-of-freedom")
    let hasTails = options.degreesOfFreedom != nil
    guard noise == nil || !hasTails else {
      throw RunError(
        "--degrees-of-freedom is sampled here with an unknown noise: leave out --noise"
      )
    }
    if let noise {
      posterior = try LinearPredictorRegression(
        inputs: inputs,
        outcomes: standard.values,
        likelihood: .normal(noise: noise / standard.scale),
        prior: prior
      )
      layout = DrawLayout(weights: [width], intercept: constant ? 1 : 0, knownNoise: noise)
      (arrange, names, remark) = (coefficients, [], unit)
      return
    }
    let isOpen = hasTails && freedom == nil
    let target = try ScaleRegression(
      inputs: inputs,
      outcomes: standard.values,
      tails: isOpen ? .unknown : freedom.map { .studentT(degreesOfFreedom: $0) } ?? .normal,
      prior: prior
    )
    posterior = target
    layout = DrawLayout(
      weights: [width],
      intercept: constant ? 1 : 0,
      hasNoise: true,
      knownFreedom: freedom,
      hasFreedom: isOpen
    )
    arrange = { position in
      let (scale, nu) = target.noise(of: position)
      return coefficients(position.prefix(scaling.dimension)) + [scale * standard.scale]
        + (isOpen ? [nu!] : [])
    }
    names = ["noise"] + (isOpen ? ["degrees of freedom"] : [])
    remark =
      unit + "; exponential of mean 1 on the noise"
      + (isOpen ? ", Gamma(2, 0.1) above 1 on its degrees of freedom" : "")
  }
}

/// Outcomes of zero mean and unit variance: the prior does not depend on their unit.
package struct StandardisedOutcomes {
  package let values: [Double]
  /// y = shift + scale × value.
  package let shift: Double
  package let scale: Double

  /// - Parameter isShifted: False for a model without a constant, which could not take up a shift.
  package init(_ outcomes: [Double], isShifted: Bool) {
    let column = Tensor(outcomes, shape: [outcomes.count, 1])
    let scaling = InputScaling(of: column, hasIntercept: isShifted)
    let (shift, scale) = (scaling.shifts[0], scaling.scales[0])
    (self.shift, self.scale) = (shift, scale)
    values = outcomes.map { ($0 - shift) / scale }
  }
}
