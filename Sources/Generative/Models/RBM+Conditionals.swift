import Distillation
import Tensors

extension RBM {
  /// The mean of p(v_i = 1 | h) over h's that are jointly distributed with v: the given one, and
  /// `count` − 1 drawn from p(h | v).
  ///
  /// Given h the visible units are independent, so that for every prefix
  /// E[p(v_i | h) | v_{<i}] = p(v_i | v_{<i}): such targets are unbiased for an autoregressive
  /// student, and have less variance than v_i itself (Rao 1945; Blackwell 1947).
  func observationWithConditionals(
    _ visible: Tensor,
    _ hidden: Tensor,
    count: Int,
    seed: UInt64,
    step: Int
  ) -> Observation {
    var sum = kernel.visibleProbabilities(hidden)
    for other in 1..<max(count, 1) {
      // A seed apart from the chains', so that the draws are independent of theirs.
      let draw = kernel.gibbs(
        visible,
        steps: 1,
        .init(seed: ~seed, step: step * count + other)
      )
      sum = sum + kernel.visibleProbabilities(draw.hidden)
    }
    return Observation(
      logUnnormalized(visible).insertingAxis(1),
      meaning: .logDensities,
      features: ["conditionals": count > 1 ? sum / Double(count) : sum]
    )
  }
}
