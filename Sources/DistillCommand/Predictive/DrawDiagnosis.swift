import Distill
import Foundation

/// Whether draws are to be believed: R̂, effective sizes and divergences, with a warning where not.
struct DrawDiagnosis: Codable {
  let draws: Int
  let chains: Int
  let divergences: Int
  /// The largest R̂ and the smallest effective sizes over all numbers of a draw, with their names.
  let worstRHat: Worst?
  let smallestBulkSize: Worst?
  let smallestTailSize: Worst?
  /// The largest Monte Carlo standard error of a mean, in standard deviations of the posterior.
  let largestError: Worst?
  /// One sentence, or nil when all is well.
  let warning: String?

  struct Worst: Codable {
    let name: String
    let value: Double
  }

  /// - Parameter summary: Nil when there were too few draws for it.
  init(_ summary: Summary?, seen: SeenDraws, divergences: Int) {
    draws = seen.seen
    chains = seen.chains.count
    self.divergences = divergences
    let movement = DrawMovement(seen)
    // Numbers that never change, such as a known weight, have no R̂.
    let rows =
      summary?.rows.enumerated()
      .filter { !movement.constants.contains($0.offset) && $0.element.standardDeviation > 0 }
      .map(\.element) ?? []
    func worst(_ value: (Summary.Row) -> Double, largest: Bool) -> Worst? {
      rows.filter { !value($0).isNaN }
        .max { (value($0) < value($1)) == largest && value($0) != value($1) }
        .map { Worst(name: $0.name, value: value($0)) }
    }
    worstRHat = worst(\.rHat, largest: true)
    smallestBulkSize = worst(\.bulkEffectiveSampleSize, largest: false)
    smallestTailSize = worst(\.tailEffectiveSampleSize, largest: false)
    largestError = worst({ $0.standardError / $0.standardDeviation }, largest: true)
    var doubts = movement.doubts
    if divergences > 0 { doubts.append("\(grouped(divergences)) draws are divergent") }
    if summary == nil {
      doubts.append("\(grouped(draws)) draws are too few to tell whether the chains have converged")
    }
    if let worstRHat, worstRHat.value >= 1.01 {
      doubts.append(
        worstRHat.value.isFinite
          ? String(format: "R̂ of %@ is %.3f", worstRHat.name, worstRHat.value)
          : "R̂ of \(worstRHat.name) is infinite"
      )
    }
    let enough = 100 * Double(chains)
    for (size, kind) in [(smallestBulkSize, "bulk"), (smallestTailSize, "tail")] {
      if let size, size.value < enough {
        doubts.append(
          String(format: "the \(kind) of %@ is worth %.0f draws", size.name, size.value)
        )
      }
    }
    warning =
      doubts.isEmpty
      ? nil
      : "do not trust these draws yet: \(doubts.joined(separator: "; ")); run longer chains, and "
        + "look at the model where draws diverge"
  }

  /// One line.
  var text: String {
    var parts = ["\(grouped(draws)) draws in \(chains) \(chains == 1 ? "chain" : "chains")"]
    if let worstRHat { parts.append(String(format: "R̂ ≤ %.3f", worstRHat.value)) }
    if let bulk = smallestBulkSize, let tail = smallestTailSize {
      parts.append(String(format: "effective size ≥ %.0f (tail %.0f)", bulk.value, tail.value))
    }
    if let largestError {
      parts.append(String(format: "error of means ≤ %.3f sd", largestError.value))
    }
    return parts.joined(separator: ", ") + ", \(grouped(divergences)) divergent"
  }
}
