import Mathematics

/// The numbers that an option takes.
package enum NumberBounds {
  case positive(atMost: Double)
  case notNegative(atMost: Double)
  /// On either side of zero.
  case within(Double)
  /// Between 0 and 1, which are none themselves.
  case innerShare
  case share
  case shareBelowOne

  package func contains(_ number: Double) -> Bool {
    switch self {
    case .positive(let most): number > 0 && number <= most
    case .notNegative(let most): number >= 0 && number <= most
    case .within(let most): number.magnitude <= most
    case .innerShare: number > 0 && number < 1
    case .share: number >= 0 && number <= 1
    case .shareBelowOne: number >= 0 && number < 1
    }
  }

  /// What they are, after "must be".
  package var words: String {
    func text(_ number: Double) -> String { grouped(Int(number)) }
    return switch self {
    case .positive(let most): "above 0 and at most \(text(most))"
    case .notNegative(let most): "from 0 to \(text(most))"
    case .within(let most): "from \(text(-most)) to \(text(most))"
    case .innerShare: "between 0 and 1"
    case .share: "from 0 to 1"
    case .shareBelowOne: "from 0 to below 1"
    }
  }

  /// Learning rates of any optimizer.
  package static let learningRate = NumberBounds.positive(atMost: 1_000)
  /// Standard deviations and variances; their squares are far from overflowing.
  package static let spread = NumberBounds.positive(atMost: 1e12)
}

/// The most steps, examples or draws of anything.
package let mostSteps = 1_000_000_000

/// Refuses a number of things that cannot be meant.
///
/// - Parameters:
///   - name: What is counted, such as "steps".
///   - most: What is above it is a slip of the pen, and would take all memory or time.
/// - Throws: `RunError` in one sentence.
package func requireCount(
  _ name: String,
  _ value: Int,
  atLeast least: Int = 1,
  atMost most: Int = 1_000_000
) throws {
  guard (least...most).contains(value) else {
    throw RunError(
      "\(name) \(value): there must be at least \(least) and at most \(grouped(most))"
    )
  }
}

/// Refuses any of several numbers of things of one kind.
///
/// - Throws: `RunError` in one sentence.
package func requireCounts(
  _ name: String,
  _ values: [Int],
  atLeast least: Int = 1,
  atMost most: Int = 1_000_000
) throws {
  for value in values { try requireCount(name, value, atLeast: least, atMost: most) }
}

/// Refuses numbers out of their bounds.
///
/// - Throws: `RunError` in one sentence.
package func requireNumbers(_ name: String, _ values: [Double], _ bounds: NumberBounds) throws {
  for value in values where !bounds.contains(value) {
    throw RunError("\(name) \(value): must be \(bounds.words)")
  }
}
