import Tensors

/// (x − mean)/√(variance + ε)·weight + bias for each channel, the channels being the second axis
/// (Ioffe & Szegedy 2015). PyTorch's `BatchNorm1d`, `2d` and `3d`.
///
/// In training mean and variance are those of the batch, and running averages of them are kept;
/// evaluation uses the running ones.
public struct BatchNorm: Module {
  /// `[channels]`.
  public let weight: Parameter?
  /// `[channels]`.
  public let bias: Parameter?
  /// `[channels]`; a buffer.
  public let runningMean: Parameter
  /// `[channels]`; a buffer. Of the unbiased estimate, with divisor n − 1.
  public let runningVar: Parameter
  /// How many batches the running averages have seen; a buffer.
  public let numBatchesTracked: Parameter
  public let momentum: Double?
  public let epsilon: Double

  /// - Parameters:
  ///   - momentum: The weight of the newest batch in the running averages; nil for the mean over
  ///     all batches. The default is PyTorch's.
  ///   - epsilon: Keeps the divisor from zero. The default is PyTorch's.
  ///   - affine: Whether weight and bias are there.
  public init(
    _ channels: Int,
    momentum: Double? = 0.1,
    epsilon: Double = 1e-5,
    affine: Bool = true,
    _ elementType: ElementType = .float32,
    on device: Device = .cpu
  ) {
    weight = affine ? Parameter(.ones([channels], elementType, on: device)) : nil
    bias = affine ? Parameter(.zeros([channels], elementType, on: device)) : nil
    runningMean = Parameter(.zeros([channels], elementType, on: device), role: .buffer)
    runningVar = Parameter(.ones([channels], elementType, on: device), role: .buffer)
    numBatchesTracked = Parameter(.zeros([], .int64, on: device), role: .buffer)
    self.momentum = momentum
    self.epsilon = epsilon
  }

  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
    guard pass.isTraining else {
      return input.normalized(
        mean: runningMean.value,
        variance: runningVar.value,
        weight: weight?.value,
        bias: bias?.value,
        epsilon: epsilon
      )
    }
    let channels = runningMean.shape[0]
    guard
      holds(
        input.count > channels,
        "batch normalisation needs more than one number of each channel to learn from, not "
          + "\(input.shape): use batches of two examples or more"
      )
    else { return input }
    numBatchesTracked.value = numBatchesTracked.value + 1
    let share = momentum ?? 1 / numBatchesTracked.value.doubleValue
    runningMean.makeUnique()
    runningVar.makeUnique()
    return input.batchNormalized(
      weight: weight?.value,
      bias: bias?.value,
      epsilon: epsilon,
      updating: (runningMean.value, runningVar.value),
      by: share
    )
  }
}
