/// Refuses a number of things that cannot be meant.
///
/// - Parameters:
///   - name: What is counted, such as "steps".
///   - most: What is above it is a slip of the pen, and would take all memory or time.
/// - Throws: ``CommandError`` in one sentence.
func requireCount(
  _ name: String,
  _ value: Int,
  atLeast least: Int = 1,
  atMost most: Int = 1_000_000
) throws {
  guard (least...most).contains(value) else {
    throw CommandError(
      "\(name) \(value): there must be at least \(least) and at most \(grouped(most))"
    )
  }
}

/// Refuses any of several numbers of things of one kind.
///
/// - Throws: ``CommandError`` in one sentence.
func requireCounts(
  _ name: String,
  _ values: [Int],
  atLeast least: Int = 1,
  atMost most: Int = 1_000_000
) throws {
  for value in values { try requireCount(name, value, atLeast: least, atMost: most) }
}

/// Refuses numbers out of their bounds.
///
/// - Throws: ``CommandError`` in one sentence.
func requireNumbers(_ name: String, _ values: [Double], _ bounds: NumberBounds) throws {
  for value in values where !bounds.contains(value) {
    throw CommandError("\(name) \(value): must be \(bounds.words)")
  }
}
