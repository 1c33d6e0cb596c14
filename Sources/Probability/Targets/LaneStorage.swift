import Tensors

/// Columns of single-precision numbers, padded with zeros to whole groups of lanes.
///
/// Filled once by its maker, then only read; a cursor's own storage is the exception and is never
/// shared.
final class LaneStorage: @unchecked Sendable {
  /// Groups of lanes that hold the numbers of a column.
  let groups: Int
  /// The numbers of a column with its padding, as the fused kernel wants them.
  let paddedCount: Int
  private let stride: Int
  private let memory: UnsafeMutablePointer<Lanes>

  init(columns: Int, count: Int) {
    groups = (count + Lanes.scalarCount - 1) / Lanes.scalarCount
    let padding = LogisticKernel.padding
    paddedCount = (count + padding - 1) / padding * padding
    stride = paddedCount / Lanes.scalarCount
    memory = .allocate(capacity: columns * stride)
    memory.initialize(repeating: .zero, count: columns * stride)
  }

  deinit { memory.deallocate() }

  @inline(__always)
  func column(_ index: Int) -> UnsafeMutablePointer<Lanes> { memory + index * stride }

  /// The same column as plain numbers.
  @inline(__always)
  func numbers(_ index: Int) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(memory + index * stride).assumingMemoryBound(to: Float.self)
  }

  func set(_ value: Double, column: Int, row: Int) {
    self.column(column)[row / Lanes.scalarCount][row % Lanes.scalarCount] = Float(value)
  }

  func copy(_ other: LaneStorage, column: Int) {
    self.column(column).update(from: other.column(column), count: stride)
  }
}

/// Throws unless every row has `dimension` finite numbers and there is one outcome for each row.
func requireRows(_ inputs: [[Double]], outcomes: Int, dimension: Int) throws {
  guard !inputs.isEmpty, inputs.count == outcomes else {
    throw ProbabilityError.invalidData(
      "There are \(inputs.count) rows of inputs and \(outcomes) outcomes; give one for each row."
    )
  }
  for (n, row) in inputs.enumerated() {
    guard row.count == dimension else {
      throw ProbabilityError.invalidData(
        "Row \(n) of the inputs has \(row.count) numbers, but the prior has \(dimension)."
      )
    }
    guard row.allSatisfy(\.isFinite) else {
      throw ProbabilityError.invalidData(
        "Row \(n) of the inputs holds a number that is not finite; remove or fill it."
      )
    }
  }
}
