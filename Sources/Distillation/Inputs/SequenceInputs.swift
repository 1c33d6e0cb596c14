/// The batches of any sequence, such as a Markov chain's.
///
/// Batches are asked for in order. To continue an interrupted run those before are made and thrown
/// away, so the sequence must be the same each time it is begun.
public final class SequenceInputs<Batches: Sequence<Batch>>: Inputs {
  public let stepCount: Int?
  private let batches: Batches
  private var iterator: Batches.Iterator
  private var next = 0

  /// - Parameter stepCount: How many batches there are, when that is known.
  public init(_ batches: Batches, stepCount: Int? = nil) {
    self.batches = batches
    self.stepCount = stepCount
    iterator = batches.makeIterator()
  }

  public func batch(_ step: Int) -> Batch? {
    if step < next {
      iterator = batches.makeIterator()
      next = 0
    }
    while next < step {
      next += 1
      if iterator.next() == nil { return nil }
    }
    next += 1
    return iterator.next()
  }
}
