import Foundation
import Tensors

/// Where examples are among others, known by their numbers. Equal examples are where the first is.
package struct RowPlaces {
  private var places: [Key: Int] = [:]

  private struct Key: Hashable {
    let (first, second): (Int, Int)

    init(_ bytes: UnsafeRawBufferPointer) {
      func hash(_ start: UInt8) -> Int {
        var hasher = Hasher()
        hasher.combine(start)
        hasher.combine(bytes: bytes)
        return hasher.finalize()
      }
      (first, second) = (hash(0), hash(1))
    }
  }

  private var count = 0

  package init() {}

  /// - Parameter parts: `[examples, numbers]`, one after another.
  package init(_ parts: [Tensor]) { for part in parts { add(part) } }

  /// Further examples, `[examples, numbers]`.
  package mutating func add(_ part: Tensor) {
    for key in Self.keys(part) {
      if places[key] == nil { places[key] = count }
      count += 1
    }
  }

  /// The place of each of some inputs; nil of one that is none of the examples.
  package subscript(inputs: Tensor) -> [Int?] { Self.keys(inputs).map { places[$0] } }

  private static func keys(_ inputs: Tensor) -> [Key] {
    let rows = inputs.moved(to: .cpu).cast(to: .float32).contiguous
    let count = rows.shape.first ?? 0
    return rows.withUnsafeBytes { bytes in
      let width = count == 0 ? 0 : bytes.count / count
      return (0..<count).map {
        Key(UnsafeRawBufferPointer(rebasing: bytes[$0 * width..<($0 + 1) * width]))
      }
    }
  }
}
