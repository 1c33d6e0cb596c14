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
