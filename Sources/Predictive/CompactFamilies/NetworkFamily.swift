import Networks
import Tensors

extension CompactFamily {
  /// A small network.
  static let network = CompactFamily(
    "network",
    for: [.logistic, .probit, .softmax, .linear, .poisson, .values],
    learningRate: 0.01,
    hasNetwork: true,
    train: { try $0.trainNetwork($1) }
  )
}

extension StudentTraining {
  fileprivate func trainNetwork(_ draws: DrawAccess) throws -> (CompactStudent, Bool) {
    let quantity = problem.model.quantity
    let network = MLP(
      widths(quantity == .means ? problem.model.outputs : classes),
      activation: .tanh,
      .float64,
      using: RandomGenerator(seed: task.seed)
    )
    let isStopped = try trainClasses(
      network,
      draws,
      minimizing: quantity == .means ? .squaredError : nil
    )
    let result = PredictiveNetwork(problem.scaling.folded(network), quantity)
    return (try finished(.network(result)), isStopped)
  }
}
