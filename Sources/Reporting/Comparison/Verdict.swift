import Foundation

/// What a comparison says, in one word.
///
/// A margin states which difference would not matter. Then, in this order:
/// - `SAME` if the interval of level 2·level − 1 (0.90 for 0.95) lies inside (−margin, margin): two
///   one-sided tests, each at 1 − level, reject that the difference is as large as the margin
///   (Schuirmann 1987). Two models that truly differ by the margin are called SAME at most
///   5% of the time.
/// - `BETTER` or `WORSE` if the interval of `level` lies above or below 0. Of two equal models one
///   is called better than the other at most 5% of the time.
/// - `UNDECIDED` otherwise: more examples or seeds are needed.
///
/// A difference that is certain but smaller than the margin is therefore SAME.
public enum Verdict: String, Sendable, Codable, CaseIterable, CustomStringConvertible {
  case better = "BETTER"
  case same = "SAME"
  case worse = "WORSE"
  case undecided = "UNDECIDED"

  /// - Parameters:
  ///   - level: Of the interval for a difference; above 0.5.
  ///   - margin: The difference that would not matter, ≥ 0; with 0 nothing is ever the same.
  ///   - interval: The interval of a level for the difference.
  public init(level: Double, margin: Double, interval: (Double) -> ClosedRange<Double>) {
    precondition(level > 0.5 && level < 1, "verdict(level: \(level)): needs a level in (0.5, 1)")
    precondition(margin >= 0, "verdict(margin: \(margin)): needs a margin ≥ 0")
    let narrow = interval(2 * level - 1)
    let wide = interval(level)
    if narrow.lowerBound > -margin && narrow.upperBound < margin {
      self = .same
    } else if wide.lowerBound > 0 {
      self = .better
    } else if wide.upperBound < 0 {
      self = .worse
    } else {
      self = .undecided
    }
  }

  public var description: String { rawValue }
}

/// Corrections for asking several questions at once.
public enum MultipleComparisons {
  /// Probabilities adjusted so that calling all below 0.05 real makes even one mistake at most 5% of
  /// the time, whatever their dependence (Holm 1979): in rising order, the k-th times (m − k + 1),
  /// never below the one before, at most 1.
  public static func holm(_ pValues: [Double]) -> [Double] {
    var adjusted = pValues
    var floor = 0.0
    for (rank, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
      floor = max(floor, min(1, pValues[index] * Double(pValues.count - rank)))
      adjusted[index] = floor
    }
    return adjusted
  }
}
