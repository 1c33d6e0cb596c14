import Foundation
import Tensors

/// Stochastic-gradient Langevin dynamics: `x ← x + ε/2 · G ĝ + √(ε G) z`, where ĝ is an unbiased
/// estimate of the gradient of the log-posterior (prior plus N/n times a mini-batch's) and nothing
/// is ever rejected.
///
/// Draws are biased by O(ε); the bias goes with the step size. Welling and Teh, *Bayesian learning
/// via stochastic gradient Langevin dynamics* (2011). With ``Preconditioner/rootMeanSquare(decay:damping:)``
/// G is `1 / (λ + √v)` with v the running mean of squared gradients: Li, Chen, Carlson and Carin,
/// *Preconditioned SGLD* (2016). G is learnt in burn-in and then held, which makes its curvature
/// term Γ exactly zero instead of neglected.
public struct StochasticGradientLangevin: MarkovKernel {
  /// Writes an unbiased estimate of the gradient at a position into `gradient`, choosing its
  /// mini-batch with `random`.
  public typealias GradientEstimate =
    @Sendable (
      _ position: [Double], _ gradient: inout [Double], _ random: inout RandomStream
    ) -> Void

  /// How the coordinates are scaled.
  public enum Preconditioner: Hashable, Sendable {
    /// G = 1.
    case identity
    /// G = 1 / (damping + √v), v the running mean of squared gradients.
    case rootMeanSquare(decay: Double = 0.99, damping: Double = 1e-5)
  }

  /// The step size ε as a function of the step's number, from 0.
  public struct Schedule: Sendable {
    let stepSize: @Sendable (Int) -> Double

    /// A schedule of your own.
    public init(_ stepSize: @escaping @Sendable (_ iteration: Int) -> Double) {
      self.stepSize = stepSize
    }

    /// The same step size for ever.
    public static func constant(_ stepSize: Double) -> Schedule { Schedule { _ in stepSize } }

    /// `initial · (1 + t / offset)^−exponent`; exponents in (½, 1] make averages consistent.
    public static func polynomial(
      _ initial: Double,
      offset: Double = 1000,
      exponent: Double = 0.55
    ) -> Schedule {
      Schedule { initial * pow(1 + Double($0) / offset, -exponent) }
    }
  }

  public let dimension: Int
  private let estimate: GradientEstimate
  private let schedule: Schedule
  private let preconditioner: Preconditioner

  /// - Parameters:
  ///   - dimension: The number of coordinates.
  ///   - schedule: The step sizes.
  ///   - preconditioner: The default is none.
  ///   - gradient: The unbiased estimate.
  public init(
    dimension: Int,
    schedule: Schedule,
    preconditioner: Preconditioner = .identity,
    gradient: @escaping GradientEstimate
  ) {
    self.dimension = dimension
    self.schedule = schedule
    self.preconditioner = preconditioner
    estimate = gradient
  }

  /// The state of a Langevin chain. It never evaluates the density: `logDensity` is NaN.
  public struct State: MarkovState {
    public fileprivate(set) var position: [Double]
    public var logDensity: Double { .nan }
    /// Steps taken so far, burn-in included.
    public fileprivate(set) var iteration = 0
    /// The tuned G of each coordinate.
    public fileprivate(set) var scale: [Double]
    fileprivate var meanSquare: [Double]
    fileprivate var gradient: [Double]

    public func isSound(in dimension: Int) -> Bool {
      [position, scale, meanSquare].areFinite(dimension) && gradient.count == dimension
        && (scale + meanSquare).allSatisfy { $0 >= 0 } && countable.contains(iteration)
    }
  }

  public func canStart(at position: [Double]) -> Bool {
    true
  }

  public func start(at position: [Double], using random: inout RandomStream) -> State {
    requireStart(position, 0)
    let zeros = [Double](repeating: 0, count: dimension)
    return State(
      position: position,
      scale: [Double](repeating: 1, count: dimension),
      meanSquare: zeros,
      gradient: zeros
    )
  }

  public func step(_ state: inout State, using random: inout RandomStream) -> StepInformation {
    estimate(state.position, &state.gradient, &random)
    return move(&state, using: &random)
  }

  public func adapt(
    _ state: inout State,
    iteration: Int,
    of count: Int,
    using random: inout RandomStream
  ) -> StepInformation {
    estimate(state.position, &state.gradient, &random)
    if case .rootMeanSquare(let decay, let damping) = preconditioner {
      let weight = 1 - pow(decay, Double(iteration + 1))
      for i in 0..<dimension {
        state.meanSquare[i] =
          decay * state.meanSquare[i] + (1 - decay) * state.gradient[i] * state.gradient[i]
        // Divided by the weight so far, so that the start at zero does not bias it.
        state.scale[i] = 1 / (damping + (state.meanSquare[i] / weight).squareRoot())
      }
    }
    return move(&state, using: &random)
  }

  private func move(_ state: inout State, using random: inout RandomStream) -> StepInformation {
    let stepSize = schedule.stepSize(state.iteration)
    let noise = noise(using: &random)
    for i in 0..<dimension {
      let scaled = stepSize * state.scale[i]
      let z = noise.map { Double($0[i]) } ?? random.normal()
      state.position[i] += 0.5 * scaled * state.gradient[i] + scaled.squareRoot() * z
    }
    state.iteration += 1
    var information = StepInformation()
    information.evaluations = 1
    return information
  }

  /// The noise of networks comes from libtorch's vectorised generator, seeded by the stream at each
  /// step: a stream's own numbers, one by one, would take longer than the gradient. Nil for few
  /// coordinates.
  private func noise(using random: inout RandomStream) -> [Float]? {
    guard dimension >= 4_096 else { return nil }
    return Tensor.normal([dimension], using: RandomGenerator(seed: random.next())).scalars()
  }
}
