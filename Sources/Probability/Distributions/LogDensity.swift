/// A density given by a closure.
///
/// ```swift
/// let banana = LogDensity(dimension: 2) { x in
///   let bend = x[1] - x[0] * x[0]
///   return -0.5 * x[0] * x[0] - 10 * bend * bend
/// }
/// ```
public struct LogDensity: UnnormalizedDistribution {
  public let dimension: Int
  private let evaluate: @Sendable ([Double]) -> Double

  /// The density whose logarithm, up to a constant, is `evaluate`.
  public init(dimension: Int, _ evaluate: @escaping @Sendable ([Double]) -> Double) {
    precondition(dimension > 0, "LogDensity: the dimension must be positive, not \(dimension)")
    self.dimension = dimension
    self.evaluate = evaluate
  }

  public func logDensity(at point: [Double]) -> Double { evaluate(point) }
}

/// A density given by a closure that also writes the gradient.
public struct DifferentiableLogDensity: DifferentiableDistribution {
  public let dimension: Int
  private let evaluate: @Sendable ([Double], inout [Double]) -> Double

  /// `evaluate` returns the log-density at its first argument and writes the gradient into its
  /// second, both `[dimension]`.
  public init(
    dimension: Int,
    _ evaluate: @escaping @Sendable (_ point: [Double], _ gradient: inout [Double]) -> Double
  ) {
    precondition(dimension > 0, "LogDensity: the dimension must be positive, not \(dimension)")
    self.dimension = dimension
    self.evaluate = evaluate
  }

  public func logDensity(at point: [Double]) -> Double {
    var gradient = [Double](repeating: 0, count: dimension)
    return evaluate(point, &gradient)
  }

  public func logDensity(at point: [Double], gradient: inout [Double]) -> Double {
    evaluate(point, &gradient)
  }
}
