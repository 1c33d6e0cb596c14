import Foundation
import Tensors

extension UnnormalizedModel {
  /// log Z by summing over all 2^inputs states: exact to rounding.
  ///
  /// - Parameter progress: Called with the states that are done and all there are; what it throws ends
  ///   the work.
  /// - Throws: ``GenerativeError`` for more than 25 inputs.
  public func enumeratedLogPartition(
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> LogPartition {
    try .enumerated(over: inputs, each: inputs, progress) { preciseLogUnnormalized($0) }
  }
}

extension RBM {
  /// log Z by summing over all states of the hidden or of the visible units, whichever are fewer:
  /// exact to rounding, in Float64.
  ///
  /// - Complexity: 2^(the fewer units) × all weights: ``enumerationCost``.
  /// - Parameter progress: Called with the states that are done and all there are; what it throws ends
  ///   the work.
  /// - Throws: ``GenerativeError`` when there are more than 25 of both.
  public func enumeratedLogPartition(
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> LogPartition {
    if hidden <= inputs {
      let (wide, visibleBias, hiddenBias) = (
        weights.cast(to: .float64), visibleBias.cast(to: .float64), hiddenBias.cast(to: .float64)
      )
      return try .enumerated(over: hidden, each: inputs, progress) { states in
        let h = states.cast(to: .float64)
        let field = h.matmul(wide.transposed()) + visibleBias
        return h.matmul(hiddenBias) + field.softplus.sum(along: 1)
      }
    }
    return try .enumerated(over: inputs, each: hidden, progress) { preciseLogUnnormalized($0) }
  }

  /// The softplus functions that ``enumeratedLogPartition(progress:)`` evaluates, 2^(the fewer units) ×
  /// the others: about 10⁸ of them a second.
  public var enumerationCost: Double {
    exp2(Double(min(inputs, hidden))) * Double(max(inputs, hidden))
  }
}

extension LogPartition {
  /// log Σ exp(f(x)) over all binary states of some units.
  ///
  /// - Parameter width: The numbers that `f` makes of one state on its way.
  static func enumerated(
    over units: Int,
    each width: Int,
    _ progress: (_ done: Int, _ total: Int) throws -> Void,
    _ f: (Tensor) -> Tensor
  ) throws -> LogPartition {
    guard units <= 25 else {
      throw GenerativeError(
        "2^\(units) states are too many to enumerate: at most 25 units; use an estimate"
      )
    }
    let total = 1 << units
    // At most 128 MB of numbers at a time.
    let chunk = min(total, 1 << max(0, min(14, 24 - Int(log2(Double(max(width, 1))).rounded(.up)))))
    let shifts = (0..<units).map { 1 << $0 }
    var parts: [Double] = []
    for start in stride(from: 0, to: total, by: chunk) {
      let bits = (start..<(start + chunk)).flatMap { code in
        shifts.map { UInt8(code & $0 == 0 ? 0 : 1) }
      }
      let values = f(Tensor(bits, shape: [chunk, units])).cast(to: .float64)
      parts.append(values.logSumExp(along: 0).doubleValue)
      try progress(start + chunk, total)
    }
    let logZ = LogMean.sum(parts)
    return LogPartition(
      method: .enumeration,
      logZ: logZ,
      standardError: 0,
      lower: logZ,
      upper: logZ,
      confidence: 1,
      effectiveSampleSize: .infinity,
      samples: total,
      warnings: []
    )
  }
}
