import Tensors

extension Loss {
  /// ½ Σ_k |f_k − t_k| on probabilities, mean over the batch: the most by which the probability of
  /// any event differs.
  ///
  /// Between 0 and 1. No temperature. Its gradient does not shrink near the teacher, and a
  /// confident wrong student gets hardly any.
  ///
  /// Wen et al., *f-Divergence Minimization for Sequence-Level Knowledge Distillation* (2023), alone.
  public static var totalVariation: Loss {
    Loss("totalVariation", needs: Needs(teacher: true)) { comparison in
      let own = try comparison.student.probabilities()
      let difference = try own - comparison.taught().probabilities()
      return difference.magnitude.sum() * (0.5 / Double(difference.shape[0]))
    }
  }
}
