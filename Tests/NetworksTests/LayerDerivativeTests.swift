import Tensors
import Testing

@testable import Networks

/// Derivatives of every layer against differences of nearby values, in Float64.
@Suite struct LayerDerivativeTests {
  /// A layer together with what can be varied: its parameters, and its input where that is real.
  struct Setting {
    let layer: any Module
    let parameters: [Parameter]
    let loss: () -> Tensor

    init(_ layerCase: LayerCase, seed: UInt64) {
      let generator = RandomGenerator(seed: seed)
      let layer = layerCase.scrambled(generator)
      let input = Parameter(layerCase.input(generator))
      let cotangent = Tensor.normal(
        layer(input.value, layerCase.pass).shape,
        .float64,
        using: generator
      )
      self.layer = layer
      parameters =
        layer.parameters + (input.value.elementType.isFloatingPoint ? [input] : [])
      // The square makes second derivatives of linear layers something other than zero.
      loss = {
        let output = layer(input.value, layerCase.pass)
        return (output * cotangent + output.squared / 2).sum()
      }
    }

    /// (f(θ + h·u) − f(θ − h·u))/2h.
    func difference(
      along directions: [Tensor],
      step: Double,
      of function: () -> Tensor
    ) -> Double {
      let values = parameters.map(\.value)
      defer { for (parameter, value) in zip(parameters, values) { parameter.replace(with: value) } }
      let ends = [step, -step].map { step in
        for (index, parameter) in parameters.enumerated() {
          parameter.replace(with: values[index] + directions[index] * step)
        }
        return function().doubleValue
      }
      return (ends[0] - ends[1]) / (2 * step)
    }

    /// For each parameter alone, and then for all together, random directions.
    func directions(_ generator: RandomGenerator) -> [[Tensor]] {
      let whole = parameters.map { Tensor.normal($0.shape, .float64, using: generator) }
      let alone = parameters.indices.map { chosen in
        parameters.indices.map { $0 == chosen ? whole[$0] : whole[$0].zerosLike }
      }
      return alone + [whole]
    }
  }

  /// Of central differences with step h: the error of order h² and rounding of order u/h, for a
  /// loss that sums some hundred terms of order 1.
  static let step = 1e-5
  static let tolerance = 1e-6

  @Test(arguments: LayerCase.all)
  func gradientIsTheLimitOfDifferences(layerCase: LayerCase) {
    let setting = Setting(layerCase, seed: 11)
    let (_, gradients) = valueWithGradients(of: setting.parameters, loss: setting.loss)
    for directions in setting.directions(RandomGenerator(seed: 12)) {
      let slope = inner(gradients, directions)
      let expected = setting.difference(along: directions, step: Self.step, of: setting.loss)
      #expect(abs(slope - expected) <= Self.tolerance * max(1, abs(expected)))
    }
  }

  @Test(arguments: LayerCase.all)
  func gradientOfSquaredGradientIsTheLimitOfDifferences(layerCase: LayerCase) {
    let setting = Setting(layerCase, seed: 13)
    let squaredGradient = {
      let (_, gradients) = valueWithGradients(of: setting.parameters, loss: setting.loss)
      return gradients.map { $0.squared.sum() }.reduce(Tensor(0.0), +)
    }
    let (_, gradients) = valueWithGradients(of: setting.parameters, loss: squaredGradient)
    for directions in setting.directions(RandomGenerator(seed: 14)) {
      let slope = inner(gradients, directions)
      let expected = setting.difference(along: directions, step: Self.step, of: squaredGradient)
      #expect(abs(slope - expected) <= 20 * Self.tolerance * max(1, abs(expected)))
    }
  }

  /// The kernels of Float32 are others than those of Float64: they must be there twice, too.
  @Test(arguments: LayerCase.all)
  func secondDerivativeInSinglePrecisionIsThatInDouble(layerCase: LayerCase) {
    let setting = Setting(layerCase, seed: 13)
    let squaredGradient = {
      let (_, gradients) = valueWithGradients(of: setting.parameters, loss: setting.loss)
      return gradients.map { $0.squared.sum() }.reduce(setting.loss() * 0, +)
    }
    let (_, exact) = valueWithGradients(of: setting.parameters, loss: squaredGradient)
    setting.layer.move(.float32)
    for parameter in setting.parameters where parameter.value.elementType == .float64 {
      parameter.replace(with: parameter.value.cast(to: .float32))
    }
    let (_, single) = valueWithGradients(of: setting.parameters, loss: squaredGradient)
    for (a, b) in zip(single, exact) {
      let scale = max(1, b.magnitude.maximum().doubleValue)
      #expect(a.largestDifference(from: b) <= 2000 * 0x1p-24 * scale)
    }
  }

  private func inner(_ a: [Tensor], _ b: [Tensor]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 * $1.1).sum().doubleValue }
  }
}
