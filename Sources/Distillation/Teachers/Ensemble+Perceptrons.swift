import Networks
import Tensors

/// The fused kernels of an ensemble's members, where all of them are plain perceptrons.
///
/// A kernel is made when first needed, and again when a parameter has another value than it was made
/// from.
final class PerceptronKernels {
  private let networks: [MLP]
  private let parameters: [Parameter]
  private var kernels: [PerceptronKernel] = []
  private var madeFrom: [Tensor] = []

  /// Nil when a member is not a perceptron that gives the logits of two or more classes.
  init?(_ members: [any Teacher]) {
    let networks = members.compactMap { member in
      (member as? ModuleTeacher).flatMap { $0.meaning == .logits ? $0.module as? MLP : nil }
    }
    guard networks.count == members.count, let first = networks.first?.widths,
      networks.allSatisfy({ $0.widths.first == first.first && $0.widths.last == first.last }),
      first.last! > 1
    else { return nil }
    self.networks = networks
    parameters = networks.flatMap(\.parameters)
  }

  /// The observation of the ensemble; nil where the kernels do not do it.
  func observe(
    _ inputs: Tensor,
    _ request: Request,
    _ mean: Ensemble.Mean,
    _ products: Products
  ) -> Observation? {
    guard inputs.rank == 2, inputs.shape[1] == networks[0].widths[0],
      inputs.elementType == .float32, inputs.device == .cpu, let kernels = upToDate()
    else { return nil }
    let inputs = inputs.detached
    switch (request.derivatives, mean) {
    case (.none, .probabilities):
      return Observation(
        evaluate(kernels, inputs, .logProbabilities, products),
        meaning: .logProbabilities
      )
    case (.none, .logProbabilities):
      return Observation(
        evaluate(kernels, inputs, .geometricLogProbabilities, products),
        meaning: .logProbabilities
      )
    case (.all, .probabilities):
      let seen = PerceptronKernel.derivatives(kernels, at: inputs)
      return Observation(
        seen.logProbabilities,
        meaning: .logProbabilities,
        derivatives: seen.derivatives
      )
    case (.along(let directions), .probabilities)
    where directions.shape[1] == 1 && directions.elementType == .float32:
      let seen = PerceptronKernel.derivatives(
        kernels,
        at: inputs,
        along: directions.selecting(0, along: 1)
      )
      return Observation(
        seen.logProbabilities,
        meaning: .logProbabilities,
        projection: .init(
          directions: directions,
          derivatives: seen.derivatives.insertingAxis(1)
        )
      )
    default: return nil
    }
  }

  private func evaluate(
    _ kernels: [PerceptronKernel],
    _ inputs: Tensor,
    _ output: PerceptronKernel.Output,
    _ products: Products
  ) -> Tensor {
    PerceptronKernel.evaluate(kernels, at: inputs, output, rounded: products == .bfloat16)
  }

  /// The kernels of the parameters as they are now. Keeping the values they were made from makes
  /// optimizers write elsewhere, so that a changed parameter is another tensor.
  private func upToDate() -> [PerceptronKernel]? {
    if parameters.count == madeFrom.count,
      zip(parameters, madeFrom).allSatisfy({ $0.value.isIdentical(to: $1) })
    {
      return kernels
    }
    let values = parameters.map(\.value)
    let made = networks.compactMap { PerceptronKernel($0) }
    guard made.count == networks.count else { return nil }
    (kernels, madeFrom) = (made, values)
    return made
  }
}
