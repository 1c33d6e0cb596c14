import Tensors

/// Token ids of a batch, as ``Tokenizer/padded(_:to:withTemplate:)`` has them, apart from their
/// padding.
struct PaddedTokens {
  /// `[batch, length]`, with 0 where there is padding.
  let ids: Tensor
  /// Whether there is a token, `[batch, length]`.
  let isToken: Tensor

  /// - Parameter input: `[batch, length]`, −1 behind the last token of each row. What is padding in
  ///   all rows is left out.
  init(_ input: Tensor) {
    let isThere = input .>= 0
    let used = isThere.anyTrue(along: 0).cast(to: .int64).sum().scalar(Int.self)
    let kept = 0..<max(used, 1)
    ids = input.slicing(kept, along: 1).clamped(min: 0)
    isToken = isThere.slicing(kept, along: 1)
  }

  var length: Int { ids.shape[1] }

  /// For attention: `[batch, 1, 1, length]`. A row without tokens attends to its padding, lest there
  /// be nothing to divide by.
  var attention: Tensor {
    let isEmpty = isToken.anyTrue(along: 1, keepingAxes: true).cast(to: .int64) .< 1
    return ((isToken.cast(to: .int64) + isEmpty.cast(to: .int64)) .> 0).insertingAxis(1)
      .insertingAxis(1)
  }

  /// Σ w·x / Σ w over the tokens of each row: `[batch, length, width]` to `[batch, width]`; 0 for a row
  /// without tokens.
  ///
  /// - Parameter weights: `[batch, length]`, positive. The default is the same for all.
  func mean(_ values: Tensor, weights: Tensor? = nil) -> Tensor {
    let present = isToken.cast(to: values.elementType)
    let weights = weights.map { $0 * present } ?? present
    let sums = weights.insertingAxis(1).matmul(values).removingAxis(1)
    return sums / weights.sum(along: 1, keepingAxes: true).clamped(min: 1e-12)
  }

  /// Refuses what are no rows of ids, where errors are collected; see `withTorchErrors`.
  static func holdIDs(_ input: Tensor) -> Bool {
    holds(
      input.rank == 2 && !input.elementType.isFloatingPoint,
      "an encoder of sentences saw \(input.shape) of \(input.elementType): must be token ids, "
        + "[batch, length] of integers, as Tokenizer.padded gives them"
    )
  }
}
