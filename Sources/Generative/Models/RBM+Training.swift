import Tensors

/// How an RBM is trained by contrastive divergence.
public struct ContrastiveDivergence: Sendable {
  /// Gibbs steps for each update: the k of CD-k.
  public var steps: Int
  /// Chains that go on from update to update (Tieleman 2008), or nil to begin at the data each time
  /// (Hinton 2002).
  public var persistentChains: Int?
  public var learningRate: Double
  public var momentum: Double
  /// Pulls weights, not biases, to zero.
  public var weightDecay: Double
  /// Whether the last visible states enter as their probabilities, which has less variance.
  public var usesMeanField: Bool

  /// CD-k or, with persistent chains, PCD-k.
  ///
  /// - Parameters:
  ///   - learningRate: The default is Hinton's (2012) for binary data.
  ///   - momentum: The default is Hinton's final one.
  ///   - weightDecay: The default is Hinton's.
  public init(
    steps: Int = 1,
    persistentChains: Int? = nil,
    learningRate: Double = 0.05,
    momentum: Double = 0.9,
    weightDecay: Double = 2e-4,
    usesMeanField: Bool = false
  ) {
    precondition(steps > 0, "ContrastiveDivergence: \(steps) Gibbs steps; there must be one")
    self.steps = steps
    self.persistentChains = persistentChains
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.usesMeanField = usesMeanField
  }
}

/// Trains an RBM, update by update.
///
/// velocity ← momentum·velocity + learningRate·(⟨∂log p̃⟩_data − ⟨∂log p̃⟩_chains − weightDecay·W),
/// parameters ← parameters + velocity.
public final class RBMTrainer {
  public var settings: ContrastiveDivergence
  /// Updates made.
  public private(set) var updates = 0
  private var kernel: BoltzmannKernel
  /// W, a and b, and their velocities; the kernel changes them in place.
  private(set) var parameters: [Tensor]
  private(set) var chains: Tensor?
  let seed: UInt64

  /// - Parameter rbm: Where training begins; it stays as it is.
  public init(_ rbm: RBM, _ settings: ContrastiveDivergence = .init(), seed: UInt64) {
    self.settings = settings
    self.seed = seed
    let own = [rbm.weights, rbm.visibleBias, rbm.hiddenBias].map { ($0 + 0.0).contiguous }
    parameters = own + own.map(\.zerosLike)
    kernel = BoltzmannKernel(weights: own[0], visibleBias: own[1], hiddenBias: own[2])
    if let count = settings.persistentChains {
      chains = Chains(count, inputs: rbm.inputs, seed: seed).states
    }
  }

  /// One update on a batch of binary states, `[batch, visible]`.
  public func update(on batch: Tensor) {
    let moved = kernel.train(
      parameters,
      learningRate: settings.learningRate,
      momentum: settings.momentum,
      weightDecay: settings.weightDecay,
      data: batch,
      chains: chains ?? batch,
      steps: settings.steps,
      meanField: settings.usesMeanField,
      .init(seed: seed, step: updates * settings.steps)
    )
    if chains != nil { chains = moved }
    updates += 1
  }

  /// Takes over the state of another run.
  func replace(_ parameters: [Tensor], chains: Tensor?, updates: Int) {
    self.parameters = parameters.map { ($0 + 0.0).contiguous }
    self.chains = chains
    self.updates = updates
    kernel = BoltzmannKernel(
      weights: self.parameters[0],
      visibleBias: self.parameters[1],
      hiddenBias: self.parameters[2]
    )
  }

  /// The machine as it is now.
  public var rbm: RBM {
    let copies = parameters.prefix(3).map { $0 + 0.0 }
    return RBM(weights: copies[0], visibleBias: copies[1], hiddenBias: copies[2])
  }
}
