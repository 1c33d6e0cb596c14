import Tensors

extension Tensor {
  /// The same sound with another number of samples along the last axis, by cutting its spectrum or
  /// filling it up with zeros: SciPy's `signal.resample`.
  ///
  /// What no longer fits under half of the new rate is lost. The ends meet, as the Fourier transform
  /// has it: sounds that begin or end abruptly ring there.
  public func resampled(to count: Int) -> Tensor {
    let own = shape[rank - 1]
    guard own != count, own > 0, count > 0 else { return self }
    let parts = Spectrum(of: self).parts
    let shared = Swift.min(own, count)
    var kept = parts.slicing(0..<shared / 2 + 1, along: -2)
    if shared % 2 == 0 {
      // The frequency at half of the lower rate: two of them become one, or one becomes two.
      let factor = count < own ? 2.0 : 0.5
      let rest = kept.slicing(0..<shared / 2, along: -2)
      let last = kept.slicing(shared / 2..<shared / 2 + 1, along: -2) * factor
      kept = .concatenated([rest, last], along: -2)
    }
    let missing = count / 2 + 1 - (shared / 2 + 1)
    if missing > 0 { kept = kept.padded([(0, 0), (0, missing)]) }
    return Spectrum(parts: kept).inverse(length: count) * (Double(count) / Double(own))
  }

  /// The same sound at another rate, its length rounded to the next sample.
  public func resampled(from rate: Int, to other: Int) -> Tensor {
    let count = Double(shape[rank - 1]) * Double(other) / Double(rate)
    return resampled(to: Swift.max(1, Int(count.rounded())))
  }
}
