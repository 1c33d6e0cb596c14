import Probability
import Tensors

/// Any model, by predictions that its own program made: each draw holds what it predicts at every
/// row of a table, `[rows, outputs]`, and an input is the number of a row.
///
/// With one output and probabilities the number is that of class 1 of two.
public struct TabulatedModel: PredictiveModel, Codable, Hashable {
  public let rows: Int
  /// Numbers that a draw holds for each row.
  public let columns: Int
  public let quantity: PredictedQuantity

  public var dimension: Int { rows * columns }
  public var inputs: Int { 1 }
  public var outputs: Int { isBinary ? 2 : columns }
  public var hasSlopes: Bool { false }
  private var isBinary: Bool { quantity == .probabilities && columns == 1 }

  public init(rows: Int, columns: Int, _ quantity: PredictedQuantity) {
    precondition(
      rows > 0 && columns > 0,
      "TabulatedModel: \(rows) rows of \(columns) columns, must be positive"
    )
    self.rows = rows
    self.columns = columns
    self.quantity = quantity
  }

  public func predict(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    values: UnsafeMutablePointer<Double>,
    slopes: UnsafeMutablePointer<Double>?
  ) {
    precondition(slopes == nil, "TabulatedModel: has no derivatives")
    let start = Int(input[0]) * columns
    if isBinary {
      values[0] = 1 - draw[start]
      values[1] = draw[start]
    } else {
      for k in 0..<columns { values[k] = draw[start + k] }
    }
  }

  public func sample(
    _ draw: UnsafePointer<Double>,
    at input: UnsafePointer<Double>,
    using random: inout RandomStream
  ) -> Double {
    let start = Int(input[0]) * columns
    if isBinary { return random.uniform() < draw[start] ? 1 : 0 }
    precondition(quantity == .probabilities, "TabulatedModel.sample: only classes can be drawn")
    let weights = (0..<columns).map { draw[start + $0] }
    return Double(Categorical(weights: weights).sample(using: &random))
  }
}
