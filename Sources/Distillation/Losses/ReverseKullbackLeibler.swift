import Tensors

extension Loss {
  /// The divergence of the teacher from the student, softened by a temperature T:
  /// T² KL(f‖t) = T² Σ_k f_k (log f_k − log t_k), mean over the batch.
  ///
  /// Seeks modes: the student is punished for classes that the teacher excludes, not for missing
  /// some that it allows. Biased for one-draw targets.
  ///
  /// Gu et al., *MiniLLM: Knowledge Distillation of Large Language Models* (2024): T = 1, weight 1. What
  /// they train on, the student's own text, is the inputs' affair.
  public static func reverseKullbackLeibler(temperature: Double = 1) -> Loss {
    softened("reverseKullbackLeibler", temperature) { student, teacher in
      let own = try student.logProbabilities(temperature: temperature)
      let target = try teacher.logProbabilities(temperature: temperature)
      return weighted(own - target, by: own.exponential)
    }
  }
}
