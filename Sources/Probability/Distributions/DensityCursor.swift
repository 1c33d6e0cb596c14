/// A point of a density that moves along coordinate lines, with whatever the density keeps to make
/// such moves cheap (a regression keeps its logits). One owner at a time; never shared.
open class DensityCursor {
  /// For subclasses.
  public init() {}

  /// Moves to `point`, discarding everything cached; returns the log-density there.
  open func move(to point: [Double]) -> Double { fatalError("DensityCursor is abstract") }

  /// The log-density after moving `coordinate` by `shift`, without moving.
  open func logDensity(moving coordinate: Int, by shift: Double) -> Double {
    fatalError("DensityCursor is abstract")
  }

  /// Moves `coordinate` by `shift`.
  open func move(_ coordinate: Int, by shift: Double) { fatalError("DensityCursor is abstract") }
}

/// The cursor of a density that has no short cut: it evaluates the whole density at each point.
final class PointCursor: DensityCursor {
  private let target: any UnnormalizedDistribution
  private var point: [Double]

  init(_ target: any UnnormalizedDistribution) {
    self.target = target
    point = [Double](repeating: 0, count: target.dimension)
  }

  override func move(to point: [Double]) -> Double {
    for i in point.indices { self.point[i] = point[i] }
    return target.logDensity(at: self.point)
  }

  override func logDensity(moving coordinate: Int, by shift: Double) -> Double {
    let here = point[coordinate]
    point[coordinate] = here + shift
    let value = target.logDensity(at: point)
    point[coordinate] = here
    return value
  }

  override func move(_ coordinate: Int, by shift: Double) { point[coordinate] += shift }
}
