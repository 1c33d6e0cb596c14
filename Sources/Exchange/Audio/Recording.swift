import Tensors

/// Sound as it was recorded.
public struct Recording {
  /// `[channels, samples]`, Float32; full scale is −1 … 1.
  public let samples: Tensor
  /// Samples a second.
  public let rate: Int

  /// - Parameter samples: `[channels, samples]`, or `[samples]` of one channel.
  public init(_ samples: Tensor, rate: Int) {
    let channels = samples.rank == 1 ? samples.insertingAxis(0) : samples
    precondition(channels.rank == 2 && rate > 0, "a recording of \(samples.shape) at \(rate)")
    self.samples = channels.cast(to: .float32)
    self.rate = rate
  }

  /// The mean of the channels, `[samples]`.
  public var mono: Tensor { samples.shape[0] == 1 ? samples[0] : samples.mean(along: 0) }

  public var seconds: Double { Double(samples.shape[1]) / Double(rate) }
}
