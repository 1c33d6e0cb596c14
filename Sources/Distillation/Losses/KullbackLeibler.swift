import Tensors

extension Loss {
  /// The divergence of the student from the teacher, softened by a temperature T:
  /// T² KL(t‖f) = T² Σ_k t_k (log t_k − log f_k), mean over the batch.
  ///
  /// Zero exactly where they agree; the same gradient as ``softCrossEntropy(temperature:)``.
  public static func kullbackLeibler(temperature: Double = 1) -> Loss {
    let loss = softened("kullbackLeibler", temperature, sign: -1) { student, teacher in
      let target = try teacher.logProbabilities(temperature: temperature)
      return try target.exponential
        * (student.logProbabilities(temperature: temperature) - target)
    }.fused(as: .softTargets(temperature: temperature, isCrossEntropy: false))
    return temperature == 1 ? loss.unbiasedOnline() : loss
  }
}
