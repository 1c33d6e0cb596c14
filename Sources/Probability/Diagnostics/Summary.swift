import Foundation

/// The table that one looks at first: for each coordinate its moments, quantiles, their Monte Carlo
/// error and whether to believe them. Prints as aligned columns.
public struct Summary: Codable, Hashable, Sendable, CustomStringConvertible {
  /// The row of one coordinate.
  public struct Row: Codable, Hashable, Sendable {
    public let name: String
    public let mean: Double
    /// The Monte Carlo standard error of ``mean``.
    public let standardError: Double
    public let standardDeviation: Double
    /// The 5%, 50% and 95% quantiles.
    public let quantiles: [Double]
    public let rHat: Double
    public let bulkEffectiveSampleSize: Double
    public let tailEffectiveSampleSize: Double
  }

  public let rows: [Row]
  /// Draws of all chains together.
  public let draws: Int
  public let chains: Int
  public let divergences: Int
  /// The mean acceptance; nil when the draws come from elsewhere.
  public let acceptance: Double?

  /// Whether every R̂ is below 1.01, every effective size at least 100 for each chain, and nothing
  /// diverged: the advice of Vehtari et al. (2021).
  public var isTrustworthy: Bool {
    let enough = 100 * Double(chains)
    return divergences == 0
      && rows.allSatisfy {
        $0.rHat < 1.01 && $0.bulkEffectiveSampleSize >= enough
          && $0.tailEffectiveSampleSize >= enough
      }
  }

  public var description: String {
    let header = ["", "mean", "mcse", "sd", "5%", "50%", "95%", "rhat", "ess_bulk", "ess_tail"]
    let table =
      [header]
      + rows.map { row in
        let numbers = [row.mean, row.standardError, row.standardDeviation] + row.quantiles
        return [row.name] + numbers.map { String(format: "%.4g", $0) }
          + [
            String(format: "%.3f", row.rHat),
            String(format: "%.0f", row.bulkEffectiveSampleSize),
            String(format: "%.0f", row.tailEffectiveSampleSize),
          ]
      }
    let widths = header.indices.map { column in table.map { $0[column].count }.max()! }
    var lines = table.map { cells in
      zip(cells, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }
        .joined(separator: "  ")
    }
    lines.append("\(draws) draws in \(chains) chains, \(divergences) divergent")
    return lines.joined(separator: "\n")
  }
}

extension Draws {
  /// The summary of every coordinate; the default names are `x[0]`, `x[1]`, ….
  public func summary(names: [String]? = nil) -> Summary {
    precondition(
      names.map { $0.count == dimension } ?? true,
      "Draws.summary: \(names?.count ?? 0) names for \(dimension) coordinates"
    )
    let rows = (0..<dimension).map { j in
      let chains = chains(ofCoordinate: j)
      let sorted = chains.flatMap { $0 }.sorted()
      return Summary.Row(
        name: names?[j] ?? "x[\(j)]",
        mean: Diagnostics.mean(sorted),
        standardError: Diagnostics.standardError(chains),
        standardDeviation: Diagnostics.variance(sorted).squareRoot(),
        quantiles: [0.05, 0.5, 0.95].map { Diagnostics.quantile($0, ofSorted: sorted) },
        rHat: Diagnostics.rHat(chains),
        bulkEffectiveSampleSize: Diagnostics.bulkEffectiveSampleSize(chains),
        tailEffectiveSampleSize: Diagnostics.tailEffectiveSampleSize(chains)
      )
    }
    return Summary(
      rows: rows,
      draws: chains * count,
      chains: chains,
      divergences: divergences,
      acceptance: information.isEmpty ? nil : acceptance
    )
  }
}
