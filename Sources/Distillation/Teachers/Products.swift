import Networks
import Tensors

/// The type that the factors of matrix products are rounded to when teachers are evaluated.
public enum Products: String, Sendable, CaseIterable, Codable {
  /// None: the teacher's own type.
  case float32
  /// 8 significant bits, several times faster on processors that multiply them; sums are kept in
  /// Float32. Say what it cost: ``Ensemble/largestProbabilityError(on:)``.
  case bfloat16
}

extension ModuleTeacher {
  /// Each parameter and buffer of real numbers with its rounded value.
  ///
  /// The last layer of an MLP is small, and its outputs would be rounded too: it is left alone.
  static func rounding(_ module: some Module) -> [(parameter: Parameter, value: Tensor)] {
    let kept = (module as? MLP)?.layers.last?.namedParameters.map(\.parameter) ?? []
    return module.namedParameters.map(\.parameter)
      .filter { parameter in
        parameter.value.elementType.isFloatingPoint && !kept.contains { $0 === parameter }
      }
      .map { ($0, $0.value.cast(to: .bfloat16)) }
  }

  /// The observation with rounded parameters, which stand in for the real ones meanwhile.
  func observeRounded(_ inputs: Tensor, _ request: Request) -> Observation {
    let originals = rounded.map(\.parameter.value)
    for (parameter, value) in rounded { parameter.replace(with: value) }
    defer {
      for ((parameter, _), original) in zip(rounded, originals) {
        parameter.replace(with: original)
      }
    }
    guard let network = module as? MLP else {
      var result = module.observe(inputs.cast(to: .bfloat16), request, as: meaning)
      result.values = result.values.cast(to: inputs.elementType)
      result.features = result.features.mapValues { $0.cast(to: inputs.elementType) }
      return result
    }
    let pass = Pass(taps: request.features)
    let values = network.forward(inputs.cast(to: .bfloat16), pass) {
      $0.cast(to: inputs.elementType)
    }
    return Observation(
      values,
      meaning: meaning,
      features: pass.features.mapValues { $0.cast(to: inputs.elementType) }
    )
  }
}

extension MLP {
  /// The forward pass with the last layer's input converted.
  fileprivate func forward(
    _ input: Tensor,
    _ pass: Pass,
    convertingLast convert: (Tensor) -> Tensor
  ) -> Tensor {
    var value = input
    for (index, layer) in layers.enumerated() {
      if index == layers.count - 1 { value = convert(value) }
      value = pass.within("\(2 * index)") { layer(value, pass) }
      if index < layers.count - 1 {
        value = pass.within("\(2 * index + 1)") { activation(value, pass) }
      }
    }
    return value
  }
}
