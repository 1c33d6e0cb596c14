import Tensors

extension Loss {
  /// The divergence in both directions, softened by a temperature T:
  /// T² [KL(t‖f) + KL(f‖t)] = T² Σ_k (t_k − f_k)(log t_k − log f_k), mean over the batch.
  ///
  /// The sum, not half of it: half the weight of ``kullbackLeibler(temperature:)`` pulls as much near
  /// the teacher. No paper names a weight.
  ///
  /// Jeffreys, *An Invariant Form for the Prior Probability in Estimation Problems* (1946).
  public static func jeffreys(temperature: Double = 1) -> Loss {
    softened("jeffreys", temperature) { student, teacher in
      let own = try student.logProbabilities(temperature: temperature)
      let target = try teacher.logProbabilities(temperature: temperature)
      let (t, f) = (target.exponential, own.exponential)
      return (t - f) * (target - own).filled(with: 0, where: t + f .== 0)
    }
  }
}
