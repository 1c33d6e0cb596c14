import Tensors

/// The examples of one step.
public struct Batch {
  /// `[batch, inputs…]`.
  public var inputs: Tensor
  /// Classes 0 ..< K as integers, `[batch]`.
  public var labels: Tensor?
  /// Where the examples are in their data set, `[batch]`: for teachers that were recorded on it.
  public var indices: Tensor?
  /// What the teacher of the moment does at these inputs, when batches bring it along (online
  /// distillation).
  public var observation: Observation?

  public init(
    _ inputs: Tensor,
    labels: Tensor? = nil,
    indices: Tensor? = nil,
    observation: Observation? = nil
  ) {
    self.inputs = inputs
    self.labels = labels
    self.indices = indices
    self.observation = observation
  }

  /// The number of examples.
  public var count: Int { inputs.shape.first ?? 0 }
}
