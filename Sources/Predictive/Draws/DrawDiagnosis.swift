import Foundation
import Mathematics
import Probability

/// Whether draws are to be believed: R̂, effective sizes and divergences, with a warning where not.
public struct DrawDiagnosis: Codable {
  public let draws: Int
  public let chains: Int
  public let divergences: Int
  /// The largest R̂ and the smallest effective sizes over all numbers of a draw, with their names.
  public let worstRHat: Worst?
  public let smallestBulkSize: Worst?
  public let smallestTailSize: Worst?
  /// The largest Monte Carlo standard error of a mean, in standard deviations of the posterior.
  public let largestError: Worst?
  /// How many numbers were looked at, and up to which R̂ the largest of theirs comes by chance in 19 of 20
  /// cases, at least 1.01; nil in certificates of earlier versions.
  public var quantities: Int?
  public var expectedRHat: Double?
  /// One sentence, or nil when all is well.
  public let warning: String?

  public struct Worst: Codable {
    public let name: String
    public let value: Double
  }

  /// - Parameter summary: Nil when there were too few draws for it.
  package init(_ summary: Summary?, seen: RetainedDraws, divergences: Int) {
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
    quantities = rows.count
    let chance = Self.expectedRHat(
      quantities: rows.count,
      chains: chains,
      size: max(
        min(smallestBulkSize?.value ?? 0, smallestTailSize?.value ?? 0),
        100 * Double(chains)
      )
    )
    expectedRHat = rows.isEmpty ? nil : max(chance, 1.01)
    if let worstRHat, worstRHat.value >= max(chance, 1.01) {
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

  /// What the largest R̂ of converged chains exceeds in 1 of 20 cases.
  ///
  /// Split into halves, M = 2 · chains of them, whose means vary as those of S / M independent draws,
  /// R̂² − 1 is about M χ² / ((M − 1) S) with χ² of M − 1 degrees of freedom. Bulk and tails are looked at of
  /// each number (Vehtari et al. 2021), so that each of 2 K may exceed it in 1 of 40 K cases (Bonferroni).
  /// The quantile of χ² is Wilson & Hilferty's (1931).
  ///
  /// - Parameter size: The effective sample size S.
  package static func expectedRHat(quantities: Int, chains: Int, size: Double) -> Double {
    let halves = 2 * Double(chains)
    let freedom = halves - 1
    let z = StandardNormal.quantile(1 - 0.05 / (2 * Double(max(quantities, 1))))
    let part = 2 / (9 * freedom)
    let root = 1 - part + z * part.squareRoot()
    return (1 + halves * root * root * root / size).squareRoot()
  }

  /// One line.
  public var text: String {
    var parts = ["\(grouped(draws)) draws in \(chains) \(chains == 1 ? "chain" : "chains")"]
    if let worstRHat {
      var text = String(format: "R̂ ≤ %.3f", worstRHat.value)
      if worstRHat.value >= 1.01, let quantities, let expectedRHat {
        text += String(format: " (of \(grouped(quantities)) up to %.3f by chance)", expectedRHat)
      }
      parts.append(text)
    }
    if let bulk = smallestBulkSize, let tail = smallestTailSize {
      parts.append(String(format: "effective size ≥ %.0f (tail %.0f)", bulk.value, tail.value))
    }
    if let largestError {
      parts.append(String(format: "error of means ≤ %.3f sd", largestError.value))
    }
    return parts.joined(separator: ", ") + ", \(grouped(divergences)) divergent"
  }
}
