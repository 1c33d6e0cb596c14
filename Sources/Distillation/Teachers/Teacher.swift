import Tensors

/// Anything that can be observed: a network, an ensemble, a table of recorded observations, a
/// program, a draw of a Markov chain.
public protocol Teacher {
  /// What the teacher does at a batch of inputs, `[batch, inputs…]`.
  ///
  /// - Throws: ``DistillationError`` when it cannot answer the request.
  func observe(_ inputs: Tensor, _ request: Request) throws -> Observation

  /// What the teacher does at a batch of examples. The default looks at the inputs only; teachers
  /// that know their examples by number override it.
  func observe(_ batch: Batch, _ request: Request) throws -> Observation
}

extension Teacher {
  public func observe(_ batch: Batch, _ request: Request) throws -> Observation {
    try observe(batch.inputs, request)
  }

  public func observe(_ inputs: Tensor) throws -> Observation { try observe(inputs, .values) }
}

/// A teacher made of a function.
///
/// ```swift
/// let teacher = ClosureTeacher { inputs, _ in
///   Observation(inputs.sine, meaning: .reals)
/// }
/// ```
public struct ClosureTeacher: Teacher {
  private let body: (Tensor, Request) throws -> Observation

  public init(_ body: @escaping (_ inputs: Tensor, _ request: Request) throws -> Observation) {
    self.body = body
  }

  public func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    try body(inputs, request)
  }
}
