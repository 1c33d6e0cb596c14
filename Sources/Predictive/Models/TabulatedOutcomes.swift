import Probability

/// Any model, by outcomes that its own program drew at the rows of a table, such as Stan's `y_rep`:
/// each draw holds one outcome for every row, and an input is the number of a row.
///
/// What it predicts of an outcome is known by samples alone, so that students are fitted to it by
/// likelihood (``PredictiveSamples``).
public struct TabulatedOutcomes: PredictiveModel, Codable, Hashable {
  public let rows: Int

  public var dimension: Int { rows }
  public var inputs: Int { 1 }
  public var outputs: Int { 1 }
  public var quantity: PredictedQuantity { .means }
  public var hasSlopes: Bool { false }

  public init(rows: Int) {
    precondition(rows > 0, "TabulatedOutcomes: \(rows) rows, must be positive")
    self.rows = rows
  }

  /// The outcome that was drawn, whose mean over draws is that of the predictive.
  public func predict(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    values: UnsafeMutablePointer<Double>,
    slopes: UnsafeMutablePointer<Double>?
  ) {
    precondition(slopes == nil, "TabulatedOutcomes: has no derivatives")
    values[0] = draw[Int(input[0])]
  }

  public func sample(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    using random: inout RandomStream
  ) -> Double {
    draw[Int(input[0])]
  }
}
