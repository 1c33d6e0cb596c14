/// Another kernel run in coordinates in which the target is nearly standard: `x = map(u)`.
///
/// ```swift
/// let fit = try LaplaceApproximation(of: posterior)
/// let kernel = Whitened(posterior, by: fit.whitening) { SliceSampler($0, width: 3) }
/// ```
///
/// With the map of a ``LaplaceApproximation`` a correlated posterior costs a coordinate-wise kernel
/// no more than an uncorrelated one.
public struct Whitened<Base: MarkovKernel>: MarkovKernel {
  /// The kernel on the transformed density.
  public let base: Base
  /// From the base kernel's coordinates to the target's.
  public let map: AffineMap

  public var dimension: Int { base.dimension }

  /// - Parameters:
  ///   - target: The density in its own coordinates.
  ///   - map: From whitened coordinates to the target's.
  ///   - kernel: Makes the base kernel for the transformed density.
  public init(
    _ target: any UnnormalizedDistribution,
    by map: AffineMap,
    kernel: (any UnnormalizedDistribution) -> Base
  ) {
    self.map = map
    base = kernel(target.transformed(by: map))
  }

  /// The base kernel's state, and its image.
  public struct State: MarkovState {
    /// The state in whitened coordinates.
    public fileprivate(set) var base: Base.State
    public fileprivate(set) var position: [Double]
    public var logDensity: Double { base.logDensity }

    public func isSound(in dimension: Int) -> Bool {
      [position].areFinite(dimension) && base.isSound(in: dimension)
    }
  }

  public func canStart(at position: [Double]) -> Bool {
    base.canStart(at: map.preimage(of: position))
  }

  public func start(at position: [Double], using random: inout RandomStream) -> State {
    State(base: base.start(at: map.preimage(of: position), using: &random), position: position)
  }

  public func step(_ state: inout State, using random: inout RandomStream) -> StepInformation {
    let information = base.step(&state.base, using: &random)
    map.apply(state.base.position, into: &state.position)
    return information
  }

  public func adapt(
    _ state: inout State,
    iteration: Int,
    of count: Int,
    using random: inout RandomStream
  ) -> StepInformation {
    let information = base.adapt(&state.base, iteration: iteration, of: count, using: &random)
    map.apply(state.base.position, into: &state.position)
    return information
  }

  public func settle(_ state: inout State) { base.settle(&state.base) }
}

extension Whitened {
  /// Another gradient-based kernel in whitened coordinates.
  public init(
    _ target: any DifferentiableDistribution,
    by map: AffineMap,
    kernel: (any DifferentiableDistribution) -> Base
  ) {
    self.map = map
    guard let transformed = target.transformed(by: map) as? any DifferentiableDistribution else {
      preconditionFailure("Whitened: transformed(by:) of \(type(of: target)) lost its gradient")
    }
    base = kernel(transformed)
  }
}
