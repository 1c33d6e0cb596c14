import Distillation
import Exchange
import Networks
import Tensors

/// Mean and standard deviation of each of a teacher's outputs.
///
/// A student learns them in these units, so that rates mean the same for prices and for shares; its
/// last layer, which is linear, then takes the units on, exactly.
struct OutputUnits {
  /// `[1, outputs]`.
  private let mean: Tensor
  private let deviation: Tensor

  /// - Parameter values: `[examples, outputs]`.
  init(of values: Tensor) {
    let wide = values.cast(to: .float64)
    let centre = wide.mean(along: 0, keepingAxes: true)
    let spread = (wide - centre).squared.mean(along: 0, keepingAxes: true).squareRoot
    // What never varies keeps its unit.
    let isConstant = spread .== 0
    mean = centre.cast(to: values.elementType)
    deviation = spread.filled(with: 1, where: isConstant).cast(to: values.elementType)
  }

  func standardized(_ values: Tensor) -> Tensor { (values - mean) / deviation }

  /// What standardised values are in the outputs' own units.
  func original(_ values: Tensor) -> Tensor { values * deviation + mean }

  func standardized(_ teacher: any Teacher) -> any Teacher {
    if let recorded = teacher as? RecordedTeacher {
      return RecordedTeacher(standardized(recorded.observation))
    }
    return StandardizedTeacher(teacher: teacher, units: self)
  }

  fileprivate func standardized(_ seen: Observation) -> Observation {
    var result = seen
    result.values = standardized(seen.values)
    result.derivatives = seen.derivatives.map { derivatives in
      let axes = [1, derivatives.shape[1]] + derivatives.shape.dropFirst(2).map { _ in 1 }
      return derivatives.cast(to: seen.values.elementType) / deviation.reshaped(to: axes)
    }
    return result
  }

  /// Directions in the space of standardised outputs, in that of the outputs.
  fileprivate func own(_ directions: Tensor) -> Tensor { directions / deviation.insertingAxis(1) }

  /// Gives a network that learned in these units outputs without them.
  ///
  /// - Throws: ``RunError`` when it does not end with a linear layer.
  func take(on network: any Module) throws {
    let trained = network.namedParameters.filter { $0.parameter.role == .trained }.suffix(2)
      .map(\.parameter)
    let count = deviation.shape[1]
    guard trained.count == 2, trained[0].shape.count == 2, trained[0].shape[0] == count,
      trained[1].shape == [count]
    else {
      throw RunError("the student does not end with a linear layer of \(count) outputs")
    }
    let (weight, bias) = (trained[0], trained[1])
    let (scale, shift) = (deviation.reshaped(to: [count]), mean.reshaped(to: [count]))
    weight.replace(with: weight.value * scale.reshaped(to: [count, 1]))
    bias.replace(with: bias.value * scale + shift)
  }
}

/// A teacher in the units of its outputs.
private struct StandardizedTeacher: Teacher {
  let teacher: any Teacher
  let units: OutputUnits

  func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    try restored(units.standardized(teacher.observe(inputs, asked(request))), request)
  }

  func observe(_ batch: Batch, _ request: Request) throws -> Observation {
    try restored(units.standardized(teacher.observe(batch, asked(request))), request)
  }

  private func asked(_ request: Request) -> Request {
    guard case .along(let directions) = request.derivatives else { return request }
    return Request(derivatives: .along(units.own(directions)), features: request.features)
  }

  /// With the directions that were asked for.
  private func restored(_ seen: Observation, _ request: Request) throws -> Observation {
    guard case .along(let directions) = request.derivatives, let own = seen.projection else {
      return seen
    }
    var result = seen
    result.projection = .init(directions: directions, derivatives: own.derivatives)
    return result
  }
}
