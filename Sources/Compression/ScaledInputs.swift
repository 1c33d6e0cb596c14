import Distillation
import Exchange
import Tensors

/// Inputs that stay in their files, scaled as networks see them.
final class ScaledInputs: FetchedInputs {
  private let inputs: StreamedInputs
  private let scaling: ExampleScaling
  let device: Device

  init(_ inputs: StreamedInputs, _ scaling: ExampleScaling, on device: Device) {
    (self.inputs, self.scaling, self.device) = (inputs, scaling, device)
  }

  var count: Int { inputs.count }
  var shape: [Int] { [inputs.shape.reduce(1, *)] }

  func rows(_ places: [Int], then next: (Int) -> [Int]?) throws -> Tensor {
    try scaling.apply(to: inputs.rows(places, then: next), shape: inputs.shape).moved(to: device)
  }
}

extension Examples {
  /// Examples as networks see them by a plan, in memory or in their files as they were read.
  init(_ data: LabelledData, _ plan: DataPlan, labels: Tensor?, on device: Device) {
    if let streamed = data.streamed {
      self.init(fetching: ScaledInputs(streamed, plan.scaling, on: device), labels: labels)
    } else {
      self.init(
        plan.scaling.apply(to: data.inputs, shape: plan.shape).moved(to: device),
        labels: labels
      )
    }
  }
}

extension RowPlaces {
  /// Of examples as networks see them by a plan, those to learn from first.
  init(_ source: LabelledSource, _ plan: DataPlan) throws {
    self.init()
    for part in [source.training] + [source.test].compactMap(\.self) {
      try part.forEachPart { _, inputs in
        add(plan.scaling.apply(to: inputs, shape: plan.shape))
      }
    }
  }
}
