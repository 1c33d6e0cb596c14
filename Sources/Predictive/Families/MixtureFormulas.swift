/// Mixtures of regressions as a reader would write them; `names` are those of the inputs, empty for
/// a constant 1. The default is x₁, x₂, ….
extension MixtureOfLogistics {
  public func formula(_ names: [String]? = nil) -> String {
    let terms = zip(weights, coefficients.rows).map { weight, row in
      "\(Formula.number(weight)) \(link.symbol)(\(Formula.linear(row, names)))"
    }
    return "P(y = 1 | x) = " + terms.joined(separator: " + ")
  }
}

extension MixtureOfSoftmaxes {
  public func formula(_ names: [String]? = nil) -> String {
    let flat = coefficients.value.scalars(Double.self)
    func logit(_ component: Int, _ label: Int) -> String {
      let start = (component * classes + label) * inputs
      return Formula.linear(Array(flat[start..<(start + inputs)]), names)
    }
    let terms = weights.enumerated().map { k, weight in
      let logits = (0..<classes).map { logit(k, $0) }.joined(separator: ", ")
      return "\(Formula.number(weight)) softmax(\(logits))"
    }
    return "P(y | x) = " + terms.joined(separator: " + ")
  }
}

extension MixtureOfRegressions {
  public func formula(_ names: [String]? = nil) -> String {
    let deviations = deviations
    let terms = zip(weights, coefficients.rows).enumerated().map { k, part in
      let predictor = Formula.linear(part.1, names)
      return switch outcome {
      case .normal:
        "\(Formula.number(part.0)) N(y; \(predictor), \(Formula.number(deviations[k]))²)"
      case .poisson: "\(Formula.number(part.0)) Poisson(y; exp(\(predictor)))"
      }
    }
    return "p(y | x) = " + terms.joined(separator: " + ")
  }
}
