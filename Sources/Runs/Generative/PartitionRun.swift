import Distill
import Foundation

/// The estimates of log Z that a plan asks for, and what else their samples tell.
package struct PartitionResults: Codable {
  package struct Timed: Codable {
    package let estimate: LogPartition
    /// Seconds that the method took; those with a student share the samples of both sides, those that
    /// anneal their set-up.
    package let seconds: Double
    /// The part of them before the first annealing run: base rates and an adaptive schedule.
    package let setUpSeconds: Double
  }

  package var estimates: [Timed] = []
  /// Of the student, where there is one.
  package var bounds: VariationalBounds?

  /// The one to rely on: exact, else the narrowest of those without warnings, else the narrowest.
  package var best: LogPartition? {
    let all = estimates.map(\.estimate)
    let trusted = all.filter(\.isTrustworthy)
    return (trusted.isEmpty ? all : trusted).min { width($0) < width($1) }
  }

  private func width(_ estimate: LogPartition) -> Double {
    let width = estimate.upper - estimate.lower
    // Of two without an end, the one whose samples are worth more.
    return width.isFinite ? width : 1e9 / max(estimate.effectiveSampleSize, 1)
  }

  /// Whether some value of log Z lies in all intervals.
  package var agree: Bool {
    let all = estimates.map(\.estimate)
    // Enumerations are exact up to the rounding of log p̃ in Float32.
    let slack = 1e-4 * max(1, abs(best?.logZ ?? 0))
    return (all.map(\.lower).max() ?? 0) <= (all.map(\.upper).min() ?? 0) + slack
  }

  /// One row for each estimate.
  package var table: TextTable {
    var table = TextTable(columns: ["log Z by", "estimate", "interval", "ESS", "seconds", "trust"])
    table.alignments = [.left, .right, .right, .right, .right, .left]
    for timed in estimates {
      let estimate = timed.estimate
      table.append([
        estimate.method.words, fixed(estimate.logZ),
        "[\(fixed(estimate.lower)), \(fixed(estimate.upper))]",
        estimate.method == .enumeration ? "–" : "\(Int(estimate.effectiveSampleSize.rounded()))",
        String(format: "%.1f", timed.seconds), estimate.isTrustworthy ? "yes" : "no, see below",
      ])
    }
    return table
  }

  /// Everything, for people.
  package var text: String {
    var lines = [table.text(width: 140)]
    for estimate in estimates.map(\.estimate) {
      for warning in estimate.warnings { lines.append("\(estimate.method.words): \(warning)") }
    }
    if let bounds {
      let upper =
        bounds.doubt.map { "; no upper one is claimed: \($0)" }
        ?? " ≤ \(fixed(bounds.upper)) ± \(fixed(3 * bounds.upperError))"
      lines.append(
        "bounds by the student: \(fixed(bounds.lower)) ± \(fixed(3 * bounds.lowerError)) ≤ log Z"
          + upper
      )
    }
    if estimates.count > 1 {
      lines.append(agree ? "the intervals agree" : "the intervals DISAGREE")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// Three decimals, and infinity as a sign.
package func fixed(_ number: Double) -> String {
  number.isInfinite ? (number > 0 ? "∞" : "−∞") : String(format: "%.3f", number)
}

extension LogPartition.Method {
  /// The method's name as people write it.
  package var words: String {
    switch self {
    case .enumeration: "enumeration"
    case .importanceSampling: "importance sampling"
    case .reciprocalImportanceSampling: "reciprocal importance sampling"
    case .bridgeSampling: "bridge sampling"
    case .annealedImportanceSampling: "AIS"
    case .reverseAnnealedImportanceSampling: "reverse AIS"
    }
  }
}
