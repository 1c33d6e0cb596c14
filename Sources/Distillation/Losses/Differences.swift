import Tensors

private let squareError = Operator("aten::mse_loss")
private let smoothError = Operator("aten::smooth_l1_loss")
private let negativeLogLikelihood = Operator("aten::nll_loss")

/// How libtorch reduces a loss to a number.
private enum Reduction {
  static var mean: Argument { .integer(1) }
  static var sum: Argument { .integer(2) }
}

/// Differences summed up in one pass each, forward and backward.
extension Loss {
  /// Σ (a − b)², of tensors of one shape.
  static func sumOfSquares(_ a: Tensor, _ b: Tensor) -> Tensor {
    squareError(.tensor(a), .tensor(b), Reduction.sum)
  }

  /// The mean of (a − b)², of tensors of one shape.
  static func meanSquare(_ a: Tensor, _ b: Tensor) -> Tensor {
    squareError(.tensor(a), .tensor(b), Reduction.mean)
  }

  /// Σ of Huber's loss of a − b with threshold 1: ½x² within ±1, |x| − ½ outside.
  static func sumOfHuber(_ a: Tensor, _ b: Tensor) -> Tensor {
    smoothError(.tensor(a), .tensor(b), Reduction.sum, .real(1))
  }

  /// −log p_y, mean over the batch, from log-probabilities `[batch, classes]` and labels `[batch]`.
  static func surprise(_ logProbabilities: Tensor, at labels: Tensor) -> Tensor {
    // No label is to be ignored: not even PyTorch's −100.
    negativeLogLikelihood(
      .tensor(logProbabilities),
      .tensor(labels.cast(to: .int64)),
      .none,
      Reduction.mean,
      .integer(.min)
    )
  }
}
