import Mathematics
import Tensors

/// A data set: in memory, or with inputs that are fetched when they are asked for
/// (``init(fetching:labels:)``).
public struct Examples {
  enum Content {
    case kept(Tensor)
    case fetched(any FetchedInputs)
  }

  let content: Content
  /// `[examples, inputs…]`. Not of examples whose inputs are fetched.
  public var inputs: Tensor {
    guard case .kept(let inputs) = content else {
      preconditionFailure("Examples.inputs: those that are fetched are not all in memory")
    }
    return inputs
  }
  /// Classes 0 ..< K as integers, `[examples]`.
  public let labels: Tensor?

  public init(_ inputs: Tensor, labels: Tensor? = nil) {
    precondition(
      labels == nil || labels?.shape == [inputs.shape[0]],
      "Examples: labels of shape \(labels?.shape ?? []) for inputs of shape \(inputs.shape)"
    )
    self.init(.kept(inputs), labels)
  }

  init(_ content: Content, _ labels: Tensor?) { (self.content, self.labels) = (content, labels) }

  /// The number of examples.
  public var count: Int {
    switch content {
    case .kept(let inputs): inputs.shape[0]
    case .fetched(let inputs): inputs.count
    }
  }

  /// The examples at `indices` (`[count]`, integers), copied: a resample or a split.
  public subscript(rows indices: Tensor) -> Examples {
    let labels = labels?[rows: indices]
    return part(indices.scalars(Int.self), labels)
      ?? Examples(inputs[rows: indices], labels: labels)
  }

  /// The examples of a range, sharing memory.
  public subscript(range: Range<Int>) -> Examples {
    part(Array(range), labels?[range]) ?? Examples(inputs[range], labels: labels?[range])
  }

  /// The examples in batches, without replacement, in another order each epoch.
  ///
  /// Batches carry the ``Batch/indices`` of their examples.
  ///
  /// - Parameters:
  ///   - size: Examples in a batch; the last one of an epoch may have fewer.
  ///   - epochs: Passes over all examples, or nil to go on for ever. The default is one.
  ///   - seed: Where the orders come from; nil leaves the examples as they are.
  ///   - droppingLast: Leaves out a last batch that is not full. The default keeps it, so that each
  ///     epoch sees every example.
  ///   - mergingOne: Adds a last batch of one example to the one before it: what normalises by batch
  ///     cannot do with one.
  public func batches(
    of size: Int,
    epochs: Int? = 1,
    shuffled seed: UInt64?,
    droppingLast: Bool = false,
    mergingOne: Bool = false
  ) -> ExampleBatches {
    let isOne = mergingOne && size > 1 && count > size && count % size == 1
    return ExampleBatches(
      self,
      size,
      epochs: epochs,
      seed: seed,
      droppingLast: droppingLast,
      mergingLast: isOne && !droppingLast
    )
  }
}

/// The batches of a data set.
public final class ExampleBatches: Inputs {
  public let examples: Examples
  public let batchSize: Int
  public let epochs: Int?
  public let stepsPerEpoch: Int
  private let seed: UInt64?
  private let isMerging: Bool
  /// Of the latest epochs: what is fetched ahead may be of the next one.
  private var orders: [(epoch: Int, order: Tensor)] = []

  init(
    _ examples: Examples,
    _ batchSize: Int,
    epochs: Int?,
    seed: UInt64?,
    droppingLast: Bool,
    mergingLast: Bool
  ) {
    precondition(batchSize > 0, "batches(of: \(batchSize)): must be positive")
    self.examples = examples
    self.batchSize = batchSize
    self.epochs = epochs
    self.seed = seed
    let full = examples.count / batchSize
    isMerging = mergingLast
    let isEven = droppingLast || mergingLast || examples.count % batchSize == 0
    stepsPerEpoch = isEven ? full : full + 1
  }

  public var stepCount: Int? { epochs.map { $0 * stepsPerEpoch } }

  public func batch(_ step: Int) throws -> Batch? {
    guard stepsPerEpoch > 0 else {
      throw DistillationError(
        "\(examples.count) examples do not fill a batch of \(batchSize): use smaller batches"
      )
    }
    guard let range = range(of: step) else { return nil }
    let indices = order(of: step / stepsPerEpoch)[range]
    if examples.areFetched {
      return try examples.batch(of: indices) { ahead in
        let next = step + ahead
        return self.range(of: next).map {
          order(of: next / stepsPerEpoch)[$0].scalars(Int.self)
        }
      }
    }
    if seed == nil {
      return Batch(examples.inputs[range], labels: examples.labels?[range], indices: indices)
    }
    return Batch(examples, rows: indices)
  }

  /// The places of a step's examples in the order of its epoch; nil behind the last step.
  private func range(of step: Int) -> Range<Int>? {
    if let stepCount, step >= stepCount { return nil }
    let start = step % stepsPerEpoch * batchSize
    let isLast = isMerging && (step + 1) % stepsPerEpoch == 0
    return start..<(isLast ? examples.count : min(start + batchSize, examples.count))
  }

  /// The order of the examples in an epoch, `[examples]`, of integers.
  public func order(of epoch: Int) -> Tensor {
    if let known = orders.first(where: { $0.epoch == epoch || seed == nil }) { return known.order }
    let order =
      seed.map { Tensor.permutation(examples.count, using: .init(seed: mixed($0, epoch))) }
      ?? .range(0..<examples.count)
    orders = orders.suffix(1) + [(epoch, order.moved(to: examples.device))]
    return orders.last!.order
  }
}
