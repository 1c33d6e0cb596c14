import Networks
import Tensors

@testable import Distillation

extension FeatureCase {
  /// The losses of `conformance_features.py`, with projectors for the shapes in the file.
  func transferLoss(_ elementType: ElementType) -> Loss {
    let maps = Loss.Embedding.tap("map")
    switch loss {
    case "hints":
      return .hints(of: maps, through: Projector(settings.style == nil ? .regressor : .linear))
    case "attentionTransfer":
      let distance: Loss.AttentionDistance = settings.variant == "paper" ? .paper : .code
      return .attentionTransfer(of: maps, power: settings.power!, as: distance)
    case "factorTransfer":
      let paraphraser = Paraphraser(
        channels: teacher["map"]!.shape[1],
        elementType,
        using: RandomGenerator(seed: 0)
      )
      let compared: Loss.FactorComparison = settings.variant == nil ? .factors : .repDistiller
      return .factorTransfer(of: maps, paraphraser, as: compared)
    case "activationBoundaries":
      return .activationBoundaries(of: maps, margin: settings.margin!)
    case "overhaul":
      return .overhaul(of: maps, margin: OverhaulMargin(parameters["values"]!.tensor))
    case "solutionFlow":
      let distance: Loss.FlowDistance = settings.variant == nil ? .squaredError : .torchdistill
      return .solutionFlow(from: .tap("first"), to: .tap("last"), as: distance)
    case "neuronSelectivity":
      return .neuronSelectivity(of: maps, kernel: selectivityKernel)
    case "variationalInformation": return .variationalInformation(of: maps)
    default: fatalError("no loss \(loss)")
    }
  }

  private var selectivityKernel: Loss.SelectivityKernel {
    switch settings.variant {
    case "linear": .linear
    case "gaussian": .gaussian(variance: settings.variance!)
    default: .polynomial
    }
  }
}
