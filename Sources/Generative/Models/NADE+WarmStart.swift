import Tensors

extension NADE {
  /// A NADE of any width that begins at an RBM, as ``init(startingAt:order:noise:using:)`` does for
  /// the RBM's own width.
  ///
  /// A wider one gets hidden units that nothing listens to yet: W ~ N(0, 1/inputs), U ~ N(0, noise²).
  /// A narrower one keeps the RBM's units with the longest weights.
  ///
  /// - Parameter noise: The standard deviation of what is added to the RBM's weights.
  public init(
    startingAt rbm: RBM,
    hidden: Int,
    order: [Int]? = nil,
    noise: Double = 0.01,
    using generator: RandomGenerator
  ) {
    precondition(hidden > 0, "NADE(startingAt:hidden:): \(hidden) hidden units")
    var (weights, bias) = (rbm.weights, rbm.hiddenBias)
    if hidden < rbm.hidden {
      let lengths = weights.squared.sum(along: 0)
      let kept = lengths.largest(hidden).indices.sorted().values
      weights = weights.gatheringRows(kept, along: 1)
      bias = bias[rows: kept]
    }
    func noisy(_ spread: Double) -> Tensor {
      let own = weights + Tensor.normal(weights.shape, using: generator) * noise
      let extra = hidden - weights.shape[1]
      if extra <= 0 { return own }
      let new = Tensor.normal([rbm.inputs, extra], using: generator) * spread
      return .concatenated([own, new], along: 1)
    }
    let missing = hidden - bias.count
    self.init(
      weights: noisy((1 / Double(rbm.inputs)).squareRoot()),
      outputWeights: noisy(noise),
      hiddenBias: missing > 0 ? .concatenated([bias, .zeros([missing])]) : bias,
      visibleBias: rbm.visibleBias,
      order: order
    )
  }
}
