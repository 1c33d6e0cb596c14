import Foundation
import Tensors

/// Inputs near the rows of a table: the smoothed bootstrap (Silverman & Young 1987).
///
/// A row drawn at random and noise of the rows' own covariance, shrunk towards their mean so that mean
/// and covariance stay what they are. The noise is the difference of two other rows divided by √2, so
/// that columns which depend on each other go on doing so, and a constant stays one.
package struct SmoothedRows {
  private let rows: Tensor
  private let mean: Tensor
  private let bandwidth: Double

  /// - Parameters:
  ///   - rows: `[count, columns]`, at least one.
  ///   - inputs: The columns that are no constants, for the width of the noise (Silverman 1986).
  package init(_ rows: Tensor, inputs: Int) {
    self.rows = rows
    mean = rows.mean(along: 0)
    let d = Double(inputs)
    bandwidth = pow(4 / ((d + 2) * Double(rows.shape[0])), 1 / (d + 4))
  }

  /// `[count, columns]`.
  package func sample(_ count: Int, using generator: RandomGenerator) -> Tensor {
    func some() -> Tensor {
      rows[rows: Tensor.randomIntegers(0..<rows.shape[0], [count], using: generator)]
    }
    let (row, one, other) = (some(), some(), some())
    let moved = row - mean + (one - other) * (bandwidth * 0.5.squareRoot())
    return mean + moved / (1 + bandwidth * bandwidth).squareRoot()
  }
}
