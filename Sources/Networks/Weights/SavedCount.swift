import Tensors

/// Counts of what was done, as checkpoints keep them: from none to more than a computer ever does, so
/// that products of a few of them with settings do not overflow.
package let savedCounts = 0...1 << 40

extension Tensor {
  /// A count that a checkpoint keeps; nil where this is none.
  package var savedCount: Int? {
    guard count == 1, elementType == .int64 else { return nil }
    let number = scalar(Int.self)
    return savedCounts.contains(number) ? number : nil
  }
}

extension String {
  /// A count that the words of a checkpoint keep; nil where this is none.
  package var savedCount: Int? { Int(self).flatMap { savedCounts.contains($0) ? $0 : nil } }
}
