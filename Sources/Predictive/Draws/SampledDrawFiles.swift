import Exchange
import Foundation
import Probability
import Reporting
import Tensors

/// The draws of a built-in sampler and a table of its parameters, as files of a run.
package struct SampledDrawFiles {
  package static let draws = "draws.csv.gz"
  package static let parameters = "parameters.csv"

  package let seen: RetainedDraws
  package let summary: Summary

  package init(
    seen: RetainedDraws,
    summary: Summary
  ) {
    self.seen = seen
    self.summary = summary
  }

  /// Both files; draws only where all of them were kept. `--draws` reads them again, chains by their
  /// column.
  package func write(to folder: RunFolder) throws {
    let titles = ["mean", "mcse", "sd", "5%", "50%", "95%", "rhat", "ess_bulk", "ess_tail"]
    let lines = summary.rows.map { row in
      let numbers =
        [row.mean, row.standardError, row.standardDeviation] + row.quantiles
        + [row.rHat, row.bulkEffectiveSampleSize, row.tailEffectiveSampleSize]
      let name = "\"\(row.name.replacing("\"", with: "\"\""))\""
      return ([name] + numbers.map { "\($0)" }).joined(separator: ",")
    }
    let text = ([(["parameter"] + titles).joined(separator: ",")] + lines).joined(separator: "\n")
    try folder.write(text + "\n", to: Self.parameters)
    guard !seen.isThinned else { return }
    let rows = seen.chains.enumerated().flatMap { chain, bag in
      bag.draws.enumerated().map { [Double(chain + 1), Double($0 + 1)] + $1 }
    }
    guard !rows.isEmpty else { return }
    try CSV.write(
      Tensor(rows),
      columns: [".chain", ".iteration"] + seen.names,
      to: folder.file(Self.draws)
    )
  }

  /// The parameters for people, at most a screen of them.
  package var table: TextTable {
    var table = TextTable(
      columns: ["parameter", "mean", "sd", "5%", "50%", "95%", "R̂", "ESS", "tail"]
    )
    for row in summary.rows.prefix(24) {
      table.append(
        [row.name]
          + ([row.mean, row.standardDeviation] + row.quantiles).map { String(format: "%.4g", $0) }
          + [
            String(format: "%.3f", row.rHat), String(format: "%.0f", row.bulkEffectiveSampleSize),
            String(format: "%.0f", row.tailEffectiveSampleSize),
          ]
      )
    }
    return table
  }
}
