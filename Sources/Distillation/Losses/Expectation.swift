import Tensors

/// Sums over classes of which some may be impossible: masked out by a logit of −∞.
extension Loss {
  /// p x, 0 where p is 0 whatever x is: 0·log 0 = 0, with a gradient of 0.
  static func weighted(_ values: Tensor, by probabilities: Tensor) -> Tensor {
    probabilities * values.filled(with: 0, where: probabilities .== 0)
  }

  /// Σ_k t_k (log t_k − log f_k) of each example, from logarithms; infinite where the student
  /// excludes a class that the teacher allows.
  static func divergence(of own: Tensor, from target: Tensor) -> Tensor {
    // This way round the gradient needs no change of sign, number by number.
    -weighted(own - target, by: target.exponential).sum(along: 1)
  }
}
