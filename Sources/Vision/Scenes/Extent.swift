import Tensors

/// The rows and columns in which a picture is more than its ground.
struct Extent {
  let rows: Range<Int>
  let columns: Range<Int>

  /// - Parameter picture: `[height, width]`.
  /// - Returns: Nil where no number is above the threshold.
  init?(of picture: Tensor, above threshold: Double) {
    func range(_ lengths: Tensor) -> Range<Int>? {
      let bright = (lengths .> threshold).nonZeroIndices.flattened().scalars(Int.self)
      return bright.isEmpty ? nil : bright.first!..<bright.last! + 1
    }
    guard let rows = range(picture.maximum(along: 1)),
      let columns = range(picture.maximum(along: 0))
    else { return nil }
    (self.rows, self.columns) = (rows, columns)
  }

  /// The box around a picture whose corner lies there.
  func box(top: Int, left: Int) -> Box {
    Box(
      left: Double(left + columns.lowerBound),
      top: Double(top + rows.lowerBound),
      right: Double(left + columns.upperBound),
      bottom: Double(top + rows.upperBound)
    )
  }
}
