import Tensors

extension Tensor {
  /// The slope of features over time, `[…, frames, features]`: the regression of 2·`reach` + 1 frames,
  /// Σ_n n (c_{t+n} − c_{t−n}) / (2 Σ_n n²), where the first and last frame go on beyond the ends (HTK;
  /// torchaudio's `compute_deltas`).
  public func deltas(reach: Int = 2) -> Tensor {
    precondition(reach > 0 && rank >= 2, "deltas(reach: \(reach)) of \(shape)")
    let count = shape[rank - 2]
    let first = slicing(0..<1, along: -2)
    let last = slicing(count - 1..<count, along: -2)
    let ends = [Tensor](repeating: first, count: reach) + [self]
    let wide = Tensor.concatenated(ends + [Tensor](repeating: last, count: reach), along: -2)
    let slopes = (1...reach).map { distance in
      let after = wide.slicing(reach + distance..<reach + distance + count, along: -2)
      let before = wide.slicing(reach - distance..<reach - distance + count, along: -2)
      return (after - before) * Double(distance)
    }
    let norm = 2 * (1...reach).map { $0 * $0 }.reduce(0, +)
    return slopes.dropFirst().reduce(slopes[0], +) / Double(norm)
  }

  /// Features, their slopes and the slopes of these side by side, `[…, frames, 3 features]`.
  public func withDeltas(reach: Int = 2) -> Tensor {
    let slopes = deltas(reach: reach)
    return .concatenated([self, slopes, slopes.deltas(reach: reach)], along: -1)
  }

  /// Features less their mean over time, `[…, frames, features]`: what a telephone or a microphone does
  /// to every frame alike is gone (cepstral mean normalisation, Atal 1974).
  public var withoutChannel: Tensor { self - mean(along: -2, keepingAxes: true) }
}
