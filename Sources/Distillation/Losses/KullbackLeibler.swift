import Tensors

extension Loss {
  /// The divergence of the student from the teacher, softened by a temperature T:
  /// T² KL(t‖f) = T² Σ_k t_k (log t_k − log f_k), mean over the batch.
  ///
  /// Zero exactly where they agree; the same gradient as ``softCrossEntropy(temperature:)``, so the same
  /// weights. Without a factor 1/K: where other code has one, or no T², see ``SoftTargetConvention``.
  ///
  /// Hinton, Vinyals & Dean (2015); T = 4, 0.9 beside a cross entropy of 0.1 in RepDistiller and
  /// mdistiller.
  public static func kullbackLeibler(temperature: Double = 1) -> Loss {
    let loss = softened("kullbackLeibler", temperature, sign: -1) { student, teacher in
      let target = try teacher.logProbabilities(temperature: temperature)
      let own = try student.logProbabilities(temperature: temperature)
      return weighted(own - target, by: target.exponential)
    }.fused(as: .softTargets(temperature: temperature, isCrossEntropy: false))
    return temperature == 1 ? loss.unbiasedOnline() : loss
  }
}
