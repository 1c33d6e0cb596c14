import Tensors

/// The examples of one step.
public struct Batch {
  /// `[batch, inputs…]`.
  public var inputs: Tensor {
    get { ownInputs ?? rows!.inputs }
    set {
      ownInputs = newValue
      // They may be augmented: no longer rows of the data set as it is.
      isUnchanged = false
    }
  }
  /// Classes 0 ..< K as integers, `[batch]`.
  public var labels: Tensor? {
    get { ownLabels ?? rows?.labels }
    set {
      ownLabels = newValue
      isUnchanged = false
    }
  }
  /// Where the examples are in their data set, `[batch]`: for teachers that were recorded on it.
  public var indices: Tensor?
  /// What the teacher of the moment does at these inputs, when batches bring it along (online
  /// distillation).
  public var observation: Observation?

  private var ownInputs: Tensor?
  private var ownLabels: Tensor?
  private var rows: Rows?
  private var isUnchanged = true

  public init(
    _ inputs: Tensor,
    labels: Tensor? = nil,
    indices: Tensor? = nil,
    observation: Observation? = nil
  ) {
    ownInputs = inputs
    ownLabels = labels
    self.indices = indices
    self.observation = observation
  }

  /// The examples at `indices`, gathered when they are looked at: a kernel that picks rows itself
  /// never asks.
  init(_ examples: Examples, rows indices: Tensor) {
    rows = Rows(examples, indices)
    self.indices = indices
  }

  /// The examples of a range of it.
  func part(_ range: Range<Int>) -> Batch {
    var part =
      if isUnchanged, let rows {
        Batch(rows.examples, rows: rows.indices[range])
      } else {
        Batch(inputs[range], labels: labels?[range], indices: indices?[range])
      }
    part.observation = observation?.rows(.range(range).moved(to: inputs.device))
    return part
  }

  /// The number of examples.
  public var count: Int { rows?.indices.count ?? inputs.shape.first ?? 0 }

  /// The same with inputs that can be differentiated with respect to, where the student gives
  /// log-densities: these are functions of real numbers, whatever samples are stored as.
  func continuous(for meaning: Observation.Meaning) -> Batch {
    guard meaning == .logDensities, !inputs.elementType.isFloatingPoint else { return self }
    var batch = self
    batch.inputs = inputs.cast(to: .float32)
    return batch
  }

  /// The data set that the batch is rows of, as long as nothing was changed in it.
  var source: Examples? { isUnchanged ? rows?.examples : nil }
}

/// Rows of a data set, gathered once.
private final class Rows {
  let examples: Examples
  let indices: Tensor
  lazy var inputs = examples.inputs[rows: indices]
  lazy var labels = examples.labels?[rows: indices]

  init(_ examples: Examples, _ indices: Tensor) {
    self.examples = examples
    self.indices = indices
  }
}
