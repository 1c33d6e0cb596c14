import Tensors

extension Loss {
  /// Cross entropy on the teacher's probabilities, softened by a temperature T:
  /// −T² Σ_k t_k log f_k with t, f ∝ exp(z/T), mean over the batch.
  ///
  /// The factor T² keeps the size of the gradient (with respect to the logits T(f − t)) as T grows.
  /// Differs from ``kullbackLeibler(temperature:)`` by the teacher's entropy, which the student does
  /// not change. Unbiased at T = 1 when each example's target is one draw of a
  /// random teacher.
  ///
  /// Hinton, Vinyals & Dean, *Distilling the Knowledge in a Neural Network* (2015): alone, or beside a
  /// cross entropy of much lower weight; T = 4, 0.9 beside 0.1 in RepDistiller and mdistiller.
  public static func softCrossEntropy(temperature: Double = 1) -> Loss {
    let loss = softened("softCrossEntropy", temperature, sign: -1) { student, teacher in
      try weighted(
        student.logProbabilities(temperature: temperature),
        by: teacher.probabilities(temperature: temperature)
      )
    }.fused(as: .softTargets(temperature: temperature, isCrossEntropy: true))
    return temperature == 1 ? loss.unbiasedOnline() : loss
  }

  /// A term `sign` T² Σ_k `summand`_k, mean over the batch.
  static func softened(
    _ name: String,
    _ temperature: Double,
    sign: Double = 1,
    _ summand: @escaping (_ student: Observation, _ teacher: Observation) throws -> Tensor
  ) -> Loss {
    precondition(temperature > 0, "\(name): temperature \(temperature) is not positive")
    return Loss(
      name,
      temperature == 1 ? [] : [("temperature", temperature)],
      needs: Needs(teacher: true)
    ) { comparison in
      let terms = try summand(comparison.student, comparison.taught())
      return terms.sum() * (sign * temperature * temperature / Double(terms.shape[0]))
    }
  }
}
