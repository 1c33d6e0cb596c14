import Mathematics
import Tensors

/// The batches of a training run, reached by the number of their step.
///
/// A batch depends on its step alone, so that a run that was interrupted continues where it stopped
/// without going through what came before.
public protocol Inputs {
  /// The batch of a step counted from 0, or nil when the inputs have ended.
  func batch(_ step: Int) throws -> Batch?

  /// How many steps there are, or nil when that is not known or they never end.
  var stepCount: Int? { get }
}

extension Inputs {
  /// The first `count` batches.
  public func limited(to count: Int) -> some Inputs {
    FunctionOfStep(stepCount.map { min($0, count) } ?? count) { step in
      step < count ? try batch(step) : nil
    }
  }

  /// The same batches again and again: `times` times, or for ever.
  ///
  /// - Throws: When asked for a batch and the number of steps of one round is not known.
  public func repeated(_ times: Int? = nil) -> some Inputs {
    let round = stepCount
    return FunctionOfStep(round.flatMap { round in times.map { $0 * round } }) { step in
      guard let round else {
        throw DistillationError("inputs of unknown length cannot be repeated: limit them first")
      }
      if round == 0 { return nil }
      if let times, step >= times * round { return nil }
      return try batch(step % round)
    }
  }

  /// Each batch changed by a function, such as an augmentation of images.
  ///
  /// - Parameters:
  ///   - seed: Where the function's random numbers come from: it gets a generator of its own for
  ///     each step.
  public func mapped(
    seed: UInt64 = 0,
    _ transform: @escaping (_ batch: Batch, _ generator: RandomGenerator) throws -> Batch
  ) -> some Inputs {
    FunctionOfStep(stepCount) { step in
      try batch(step).map { try transform($0, RandomGenerator(seed: mixed(seed, step))) }
    }
  }
}

/// Inputs given by a function of the step.
public struct FunctionOfStep: Inputs {
  public let stepCount: Int?
  private let body: (Int) throws -> Batch?

  public init(_ stepCount: Int? = nil, _ body: @escaping (_ step: Int) throws -> Batch?) {
    self.stepCount = stepCount
    self.body = body
  }

  public func batch(_ step: Int) throws -> Batch? { try body(step) }
}
