import CTorch

/// The fused loops of logistic regression, on memory of the caller's; documented in
/// `distill_logistic.h`.
package enum LogisticKernel {
  /// Columns are padded to a multiple of this.
  package static let padding = 16

  /// `Σ log σ(z + shift · column)`.
  @inline(__always)
  package static func sum(
    _ z: UnsafePointer<Float>,
    moving column: UnsafePointer<Float>,
    by shift: Float,
    count: Int
  ) -> Double {
    distill_logistic_sum(z, column, shift, Int64(count))
  }

  /// `Σ log σ(z)`, z = offsets + Σ point_j column_j; writes the gradient.
  @inline(__always)
  package static func sum(
    offsets: UnsafePointer<Float>,
    columns: UnsafePointer<Float>,
    at point: UnsafePointer<Double>,
    dimension: Int,
    count: Int,
    gradient: UnsafeMutablePointer<Double>
  ) -> Double {
    distill_logistic_gradient(
      offsets,
      columns,
      point,
      Int64(dimension),
      Int64(count),
      gradient
    )
  }

  /// `z += shift · column`.
  @inline(__always)
  package static func move(
    _ z: UnsafeMutablePointer<Float>,
    along column: UnsafePointer<Float>,
    by shift: Float,
    count: Int
  ) {
    distill_logistic_move(z, column, shift, Int64(count))
  }
}
