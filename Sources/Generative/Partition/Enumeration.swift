import Foundation
import Tensors

extension UnnormalizedModel {
  /// log Z by summing over all 2^inputs states: exact to rounding.
  ///
  /// - Throws: ``GenerativeError`` for more than 25 inputs.
  public func enumeratedLogPartition() throws -> LogPartition {
    try .enumerated(over: inputs) { preciseLogUnnormalized($0) }
  }
}

extension RBM {
  /// log Z by summing over all states of the hidden or of the visible units, whichever are fewer:
  /// exact to rounding, in Float64.
  ///
  /// - Throws: ``GenerativeError`` when there are more than 25 of both.
  public func enumeratedLogPartition() throws -> LogPartition {
    if hidden <= inputs {
      let (wide, visibleBias, hiddenBias) = (
        weights.cast(to: .float64), visibleBias.cast(to: .float64), hiddenBias.cast(to: .float64)
      )
      return try .enumerated(over: hidden) { states in
        let h = states.cast(to: .float64)
        let field = h.matmul(wide.transposed()) + visibleBias
        return h.matmul(hiddenBias) + field.softplus.sum(along: 1)
      }
    }
    return try .enumerated(over: inputs) { preciseLogUnnormalized($0) }
  }
}

extension LogPartition {
  /// log Σ exp(f(x)) over all binary states of some units.
  static func enumerated(over units: Int, _ f: (Tensor) -> Tensor) throws -> LogPartition {
    guard units <= 25 else {
      throw GenerativeError(
        "2^\(units) states are too many to enumerate: at most 25 units; use an estimate"
      )
    }
    let total = 1 << units
    let chunk = min(total, 1 << 14)
    let shifts = (0..<units).map { 1 << $0 }
    var parts: [Double] = []
    for start in stride(from: 0, to: total, by: chunk) {
      let bits = (start..<(start + chunk)).flatMap { code in
        shifts.map { UInt8(code & $0 == 0 ? 0 : 1) }
      }
      let values = f(Tensor(bits, shape: [chunk, units])).cast(to: .float64)
      parts.append(values.logSumExp(along: 0).doubleValue)
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
