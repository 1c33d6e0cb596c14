import Networks
import Tensors

extension Module {
  /// Observes the module at a batch of inputs.
  ///
  /// Inside a differentiation with respect to the parameters everything observed, derivatives
  /// included, is differentiable.
  ///
  /// - Parameters:
  ///   - inputs: `[batch, inputs…]`. Examples must be treated apart, or derivatives are not those
  ///     of an example's outputs with respect to its own inputs.
  ///   - generator: Given, the module is in training (dropout draws from it).
  public func observe(
    _ inputs: Tensor,
    _ request: Request = .values,
    as meaning: Observation.Meaning = .logits,
    training generator: RandomGenerator? = nil
  ) -> Observation {
    let pass =
      generator.map { Pass(training: $0, taps: request.features) } ?? Pass(taps: request.features)
    if case .none = request.derivatives {
      var result = Observation(callAsFunction(inputs, pass), meaning: meaning)
      (result.features, result.passed) = (pass.features, pass.passed)
      return result
    }
    return differentiating([inputs]) { tracked, createGraph in
      var result = Observation(callAsFunction(tracked[0], pass), meaning: meaning)
      func derivative(of output: Tensor, along cotangent: Tensor?) -> Tensor {
        pullback(
          of: [output],
          along: [cotangent],
          to: tracked,
          createGraph: createGraph,
          retainGraph: true
        )[0]
      }
      switch request.derivatives {
      case .none: break
      case .all:
        let outputs = (0..<result.outputCount).map { result.values.selecting($0, along: 1).sum() }
        result.derivatives = .stacked(outputs.map { derivative(of: $0, along: nil) }, along: 1)
      case .along(let directions):
        let compared = result.comparedValues
        let projected = directions.unbound(along: 1).map { derivative(of: compared, along: $0) }
        result.projection = .init(
          directions: directions,
          derivatives: .stacked(projected, along: 1)
        )
      }
      (result.features, result.passed) = (pass.features, pass.passed)
      return createGraph ? result : result.detached
    }
  }
}
