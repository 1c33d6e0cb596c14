import Foundation
import Tensors

/// What is lost where numbers of a file become Float32, which has seven digits: years in seconds and
/// numbers of customers have more.
enum SingleRounding {
  /// A remark on the columns that it moves by more than a thousandth of their standard deviation.
  ///
  /// - Parameters:
  ///   - numbers: `[rows, …]`, as the file has them.
  ///   - names: Of the columns; nil for their numbers.
  static func remark(_ numbers: Tensor, names: [String]?) -> String? {
    guard [.float64, .int64, .int32].contains(numbers.elementType), numbers.rank >= 2,
      numbers.shape[0] > 1, numbers.count > 0
    else { return nil }
    let rows = numbers.reshaped(to: [numbers.shape[0], -1])
    let wide = rows.cast(to: .float64)
    let spreads = wide.standardDeviation(along: 0)
    let sizes = wide.maximum(along: 0).magnitude.maximum(wide.minimum(along: 0).magnitude)
    // Most often there is no such column, and nothing of its numbers is looked at.
    let mayBe = zip(sizes.scalars(Double.self), spreads.scalars(Double.self)).enumerated()
      .filter { $1.1 > 0 && $1.0 > 1e4 * $1.1 }
    let moved = mayBe.filter { column, facts in
      let one = wide.slicing(column..<column + 1, along: 1)
      let error = (one - one.cast(to: .float32).cast(to: .float64)).magnitude.maximum()
      return error.doubleValue > 1e-3 * facts.1
    }
    guard !moved.isEmpty else { return nil }
    let listed = moved.prefix(5).map { names?[$0.offset] ?? "\($0.offset + 1)" }
    return "the last digits of \(moved.count == 1 ? "column" : "columns") "
      + listed.joined(separator: ", ") + (moved.count > 5 ? ", …" : "")
      + " are lost, as Float32 has seven: subtract the smallest number"
  }
}
