import Tensors

/// A model with parameters for any order of the inputs.
public protocol AnyOrderModel: AutoregressiveModel {
  /// The same parameters in another order: a model of its own, good when training saw any order.
  func ordered(by order: [Int]) -> Self
  /// What of a model its parameters and its order do not say, as text for files; nil for nothing.
  var connectivityText: String? { get }
  /// The same parameters in another order, connected as another's ``connectivityText`` says; nil where
  /// that is no such text.
  func ordered(by order: [Int], connectedBy text: String) -> Self?
}

extension AnyOrderModel {
  public var connectivityText: String? { nil }

  public func ordered(by order: [Int], connectedBy text: String) -> Self? { nil }

  /// States whose known inputs are kept and whose others are drawn exactly from the conditional
  /// distribution of the model in the order that takes known inputs first.
  ///
  /// - Parameters:
  ///   - states: `[count, inputs]`; what is not known is ignored.
  ///   - known: Of each input, whether it is given.
  /// - Throws: ``GenerativeError`` when shapes do not fit.
  public func completions(
    of states: Tensor,
    known: [Bool],
    seed: UInt64,
    stream: Int = 0
  ) throws -> Tensor {
    try requireKnown(known, inputs)
    let first = order.filter { known[$0] }
    return try ordered(by: first + order.filter { !known[$0] })
      .completions(of: states, given: first.count, seed: seed, stream: stream)
  }
}

extension ProposalModel {
  /// States whose known inputs are kept and whose others are drawn by Gibbs sampling (Geman & Geman
  /// 1984): for any normalised model of binary inputs, whatever its order.
  ///
  /// Begins at a sample of the model; every sweep draws each missing input given all others, at the
  /// cost of a log-probability. Exact only in the limit of many sweeps, where ``AnyOrderModel`` and
  /// `completions(of:given:seed:)` are exact at once.
  ///
  /// - Throws: ``GenerativeError`` when shapes do not fit.
  public func gibbsCompletions(
    of states: Tensor,
    known: [Bool],
    sweeps: Int = 20,
    seed: UInt64
  ) throws -> Tensor {
    try requireKnown(known, inputs)
    guard states.rank == 2, states.shape[1] == inputs else {
      throw GenerativeError(
        "completions of states of shape \(states.shape): must be [count, \(inputs)]"
      )
    }
    let count = states.shape[0]
    let generator = RandomGenerator(seed: seed, stream: 1)
    let mask = Tensor(known)
    var current = samples(count, seed: seed, stream: 0)
      .replacing(with: states.cast(to: .uint8), where: mask)
    var height = logProbability(current)
    let missing = known.indices.filter { !known[$0] }
    let flips = Tensor(missing).oneHot(classes: inputs, .bool)
    for _ in 0..<sweeps {
      let uniforms = Tensor.uniform([missing.count, count], using: generator)
      for index in missing.indices {
        let other = (current .!= flips[index].cast(to: .uint8)).cast(to: .uint8)
        let otherHeight = logProbability(other)
        let moves = uniforms[index] .< (otherHeight - height).sigmoid
        current = current.replacing(with: other, where: moves.insertingAxis(1))
        height = height.replacing(with: otherHeight, where: moves)
      }
    }
    return current
  }
}

private func requireKnown(_ known: [Bool], _ inputs: Int) throws {
  guard known.count == inputs else {
    throw GenerativeError(
      "completions must be told of each of the \(inputs) inputs whether it is known, not of "
        + "\(known.count)"
    )
  }
}
