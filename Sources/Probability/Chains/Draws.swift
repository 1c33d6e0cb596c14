/// Draws of one or more chains, with what the steps said.
public struct Draws: Sendable {
  /// `[chains, count, dimension]`, flat.
  public let values: [Double]
  public let chains: Int
  /// Draws of each chain.
  public let count: Int
  public let dimension: Int
  /// `[chains, count]`, flat; empty when the draws come from elsewhere.
  public let information: [StepInformation]

  /// Draws from elsewhere, `[chains, count, dimension]`.
  public init(
    values: [Double],
    chains: Int,
    count: Int,
    dimension: Int,
    information: [StepInformation] = []
  ) {
    precondition(
      values.count == chains * count * dimension,
      "Draws: \(values.count) values are not \(chains) × \(count) × \(dimension)"
    )
    self.values = values
    self.chains = chains
    self.count = count
    self.dimension = dimension
    self.information = information
  }

  /// One draw, `[dimension]`.
  public subscript(chain: Int, draw: Int) -> ArraySlice<Double> {
    let first = (chain * count + draw) * dimension
    return values[first..<(first + dimension)]
  }

  /// The values of one coordinate, chain by chain: `[chains][count]`.
  public func chains(ofCoordinate coordinate: Int) -> [[Double]] {
    (0..<chains).map { chain in
      (0..<count).map { values[(chain * count + $0) * dimension + coordinate] }
    }
  }

  /// A function of every draw, chain by chain: `[chains][count]`.
  public func map(_ function: (ArraySlice<Double>) -> Double) -> [[Double]] {
    (0..<chains).map { chain in (0..<count).map { function(self[chain, $0]) } }
  }

  /// The number of divergent steps.
  public var divergences: Int { information.count { $0.isDivergent } }

  /// The mean acceptance; NaN when the draws come from elsewhere.
  public var acceptance: Double {
    information.reduce(0) { $0 + $1.acceptance } / Double(information.count)
  }
}
