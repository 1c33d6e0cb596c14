import Distillation
import Probability
import Tensors

/// Inputs whose every example carries one outcome drawn from what one fresh draw predicts there:
/// maximum likelihood of a compact predictive, online.
///
/// ```swift
/// let samples = PredictiveSamples(chain, of: model, at: inputs, seed: 3)
/// try train(network, observedAs: .reals, on: samples, minimizing: network.negativeLogLikelihood, …)
/// ```
///
/// Outcomes are the batches' labels, `[batch]`: classes as integers, others as real numbers.
public final class PredictiveSamples<Model: PredictiveModel>: Inputs {
  public let model: Model
  private let draws: any DrawStream
  private let inputs: any Inputs
  private let random: RandomStream
  private var next = 0

  /// - Parameter seed: Where outcomes come from; each step has a stream of its own.
  public init(_ draws: any DrawStream, of model: Model, at inputs: any Inputs, seed: UInt64) {
    self.model = model
    self.draws = draws
    self.inputs = inputs
    random = RandomStream(seed: seed)
  }

  /// The draws of a chain, or of any other sequence.
  public convenience init(
    _ draws: some Sequence<[Double]>,
    of model: Model,
    at inputs: any Inputs,
    seed: UInt64
  ) {
    self.init(SequenceDraws(draws), of: model, at: inputs, seed: seed)
  }

  public var stepCount: Int? { inputs.stepCount }

  public func batch(_ step: Int) throws -> Batch? {
    guard try draws.seek(step, from: &next, inputs), var batch = try inputs.batch(step) else {
      return nil
    }
    next += 1
    try model.check(batch.inputs, .values)
    let points = batch.inputs.scalars(Double.self)
    var stream = random.split(UInt64(step))
    var outcomes: [Double] = []
    for n in 0..<batch.count {
      guard let draw = try draws.next() else { return nil }
      let point = Array(points[(n * model.inputs)..<((n + 1) * model.inputs)])
      let outcome = model.sample(draw, at: point, using: &stream)
      guard outcome.isFinite else {
        throw PredictiveError(
          "a draw predicts an outcome beyond the largest number at an input of step \(step): look at "
            + "the units of draws and inputs"
        )
      }
      outcomes.append(outcome)
    }
    batch.labels =
      model.quantity == .probabilities
      ? Tensor(outcomes.map { Int($0) }) : Tensor(outcomes).cast(to: batch.inputs.elementType)
    return batch
  }
}

extension DrawStream {
  /// Goes to the draws of a step: each example of the steps before takes one.
  ///
  /// - Returns: False where draws or inputs end before.
  func seek(_ step: Int, from next: inout Int, _ inputs: any Inputs) throws -> Bool {
    if step < next {
      try restart()
      next = 0
    }
    while next < step {
      guard let skipped = try inputs.batch(next) else { return false }
      for _ in 0..<skipped.count where try self.next() == nil { return false }
      next += 1
    }
    return true
  }
}
