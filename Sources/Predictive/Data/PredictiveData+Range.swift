import Exchange

extension PredictiveData {
  /// Numbers of inputs, outcomes and draws are below it, so that their products and the sums of
  /// squares of many are numbers too.
  package static let largest = 1e75

  /// - Throws: `RunError` when a number is ``largest`` or more.
  package func checkRange(_ path: String) throws {
    let width = names.count
    if width > 0, let place = Self.place(in: rows.scalars(Double.self)) {
      throw Self.beyond("\(names[place % width]) in row \(place / width + 1) of \(path)")
    }
    if let place = Self.place(in: outcomes ?? []) {
      throw Self.beyond("the outcome in row \(place + 1) of \(path)")
    }
  }

  /// - Throws: `RunError` when a number of a draw is ``largest`` or more.
  package static func checkRange(ofDraw draw: [Double]) throws {
    if let place = place(in: draw) { throw beyond("number \(place + 1) of a draw") }
  }

  private static func place(in values: [Double]) -> Int? {
    values.firstIndex { !($0.magnitude < largest) }
  }

  private static func beyond(_ what: String) -> RunError {
    RunError(
      "\(what) is \(largest) or beyond, where squares overflow: measure it in another unit"
    )
  }
}
