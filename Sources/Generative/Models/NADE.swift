import Networks
import Tensors

/// The neural autoregressive distribution estimator over binary inputs (Larochelle & Murray 2011).
///
/// With inputs taken in an order: a_1 = c; h_i = s(a_i); y_i = σ(b_i + U_i·h_i);
/// a_{i+1} = a_i + W_i x_i, and log q(x) = Σ_i x_i log y_i + (1 − x_i) log(1 − y_i). Probabilities,
/// samples, conditionals and derivatives are exact.
///
/// As a `Networks/Module` it is a student like any other: its value is log q(x), `[count, 1]`, an
/// observation that means log-densities; the tap `logits` is b_i + U_i·h_i in the order of the
/// inputs. That way costs memory of count × inputs × hidden. Everything else here, and
/// steps of a `Distiller`, runs fused on the CPU.
public struct NADE: Module {
  /// What hidden units do: s.
  public enum Units: String, Sendable, CaseIterable, Codable {
    case logistic, relu
  }

  /// W, `[inputs, hidden]`; rows follow the images, whatever the order.
  public let weights: Parameter
  /// U, `[inputs, hidden]`.
  public let outputWeights: Parameter
  /// c, `[hidden]`.
  public let hiddenBias: Parameter
  /// b, `[inputs]`.
  public let visibleBias: Parameter
  public let units: Units
  /// Which input the recursion takes as its i-th.
  public let order: [Int]
  private let cache: KernelCache

  /// A NADE of the tensors W, U, c and b.
  ///
  /// - Parameter order: The default takes inputs as they come (raster order for images).
  public init(
    weights: Tensor,
    outputWeights: Tensor,
    hiddenBias: Tensor,
    visibleBias: Tensor,
    units: Units = .logistic,
    order: [Int]? = nil
  ) {
    let (inputs, hidden) = (weights.shape[0], weights.shape[1])
    precondition(
      outputWeights.shape == [inputs, hidden] && hiddenBias.shape == [hidden]
        && visibleBias.shape == [inputs],
      "NADE: U \(outputWeights.shape), c \(hiddenBias.shape) and b \(visibleBias.shape) for W "
        + "\(weights.shape): must be [inputs, hidden], [hidden] and [inputs]"
    )
    self.weights = Parameter(weights.cast(to: .float32))
    self.outputWeights = Parameter(outputWeights.cast(to: .float32))
    self.hiddenBias = Parameter(hiddenBias.cast(to: .float32))
    self.visibleBias = Parameter(visibleBias.cast(to: .float32))
    self.units = units
    self.order = order ?? Array(0..<inputs)
    precondition(
      self.order.sorted() == Array(0..<inputs),
      "NADE: the order must be a permutation of the \(inputs) inputs"
    )
    cache = KernelCache()
  }

  /// A NADE to be trained: W, c ~ N(0, 1/inputs); U, b ~ N(0, 1/(hidden + 1)).
  public init(
    inputs: Int,
    hidden: Int,
    units: Units = .logistic,
    order: [Int]? = nil,
    using generator: RandomGenerator
  ) {
    func normal(_ shape: [Int], _ variance: Double) -> Tensor {
      Tensor.normal(shape, using: generator) * variance.squareRoot()
    }
    let (near, far) = (1 / Double(inputs), 1 / Double(hidden + 1))
    self.init(
      weights: normal([inputs, hidden], near),
      outputWeights: normal([inputs, hidden], far),
      hiddenBias: normal([hidden], near),
      visibleBias: normal([inputs], far),
      units: units,
      order: order
    )
  }

  /// A NADE that begins at an RBM: W = U = W_rbm, c = b and b = a, one mean-field pass of the RBM's
  /// conditionals in which inputs to come are taken as off (Larochelle & Murray 2011).
  ///
  /// - Parameters:
  ///   - noise: The standard deviation of what is added to W and U, so that they part. The default
  ///     is a tenth of a typical weight.
  public init(
    startingAt rbm: RBM,
    order: [Int]? = nil,
    noise: Double = 0.01,
    using generator: RandomGenerator
  ) {
    func noisy() -> Tensor {
      rbm.weights + Tensor.normal(rbm.weights.shape, using: generator) * noise
    }
    self.init(
      weights: noisy(),
      outputWeights: noisy(),
      hiddenBias: rbm.hiddenBias,
      visibleBias: rbm.visibleBias,
      order: order
    )
  }

  public var inputs: Int { weights.shape[0] }
  /// The number of hidden units.
  public var hidden: Int { weights.shape[1] }

  /// W, U, c and b.
  var tensors: [Tensor] {
    [weights, outputWeights, hiddenBias, visibleBias].map(\.value)
  }

  /// A kernel with this NADE's order and units, and no parameters yet.
  func makeKernel() -> NADEKernel {
    NADEKernel(
      inputs: inputs,
      hidden: hidden,
      units == .relu ? .relu : .logistic,
      order: order
    )
  }

  /// A kernel with the parameters as they are.
  var kernel: NADEKernel { cache.kernel(of: self) }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    let order = Tensor(order)
    let x = input.flattened(from: 1).cast(to: weights.value.elementType)
      .gatheringRows(order, along: 1)
    func ordered(_ parameter: Parameter) -> Tensor { parameter.value[rows: order] }
    let steps = x.insertingAxis(2) * ordered(weights)
    let a = steps.cumulativeSum(along: 1) - steps + hiddenBias.value
    let h = units == .logistic ? a.sigmoid : a.relu
    let z = (h * ordered(outputWeights)).sum(along: 2) + ordered(visibleBias)
    pass.tap("logits", z.gatheringRows(order.sorted().indices, along: 1))
    return (x * z - z.softplus).sum(along: 1, keepingAxes: true)
  }
}

/// The kernel of a NADE with the parameters it was last used with.
private final class KernelCache {
  private var kernel: NADEKernel?
  private var loaded: [Tensor] = []

  func kernel(of nade: NADE) -> NADEKernel {
    let kernel = self.kernel ?? nade.makeKernel()
    let current = nade.tensors
    // Tensors are immutable, so the same ones hold the same numbers.
    if loaded.isEmpty || !zip(loaded, current).allSatisfy({ $0.isIdentical(to: $1) }) {
      kernel.load(.parameters, current)
      loaded = current
    }
    self.kernel = kernel
    return kernel
  }
}
