import Tensors

extension Loss {
  /// The divergence from the teacher of a mixture of both, softened by a temperature T:
  /// T² KL(t‖αt + (1 − α)f), mean over the batch.
  ///
  /// At most T² log 1/α, so that classes the student excludes do not blow up the gradient. With
  /// α = 0 it is ``kullbackLeibler(temperature:)``.
  ///
  /// Ko et al., *DistiLLM: Towards Streamlined Distillation for Large Language Models* (2024):
  /// α = 0.1, T = 1, weight 1. Unlike in their code the teacher's entropy counts, and 0·log 0 is 0.
  public static func skewKullbackLeibler(skew alpha: Double = 0.1, temperature: Double = 1) -> Loss
  {
    skewed("skewKullbackLeibler", alpha, temperature) { own, target in
      let teaching = try target.boundedLogProbabilities(temperature)
      if alpha == 0 {
        return divergence(of: try own.boundedLogProbabilities(temperature), from: teaching)
      }
      let (t, f) = (teaching.exponential, try own.probabilities(temperature: temperature))
      return (t * (teaching - logMixture(f, t, share: alpha))).sum(along: 1)
    }
  }

  /// The divergence from the student of a mixture of both, softened by a temperature T:
  /// T² KL(f‖(1 − α)t + αf), mean over the batch.
  ///
  /// At most T² log 1/α. With α = 0 it is ``reverseKullbackLeibler(temperature:)``.
  ///
  /// Ko et al. (2024): α = 0.1, T = 1, weight 1.
  public static func skewReverseKullbackLeibler(
    skew alpha: Double = 0.1,
    temperature: Double = 1
  ) -> Loss {
    skewed("skewReverseKullbackLeibler", alpha, temperature) { own, target in
      let logs = try own.boundedLogProbabilities(temperature)
      if alpha == 0 {
        return divergence(of: try target.boundedLogProbabilities(temperature), from: logs)
      }
      let (f, t) = (logs.exponential, try target.probabilities(temperature: temperature))
      return (f * (logs - logMixture(f, t, share: 1 - alpha))).sum(along: 1)
    }
  }

  private static func skewed(
    _ name: String,
    _ skew: Double,
    _ temperature: Double,
    _ divergence: @escaping (_ own: Observation, _ target: Observation) throws -> Tensor
  ) -> Loss {
    precondition(0 <= skew && skew < 1, "\(name): skew \(skew) is not in 0 ..< 1")
    precondition(temperature > 0, "\(name): temperature \(temperature) is not positive")
    return Loss(
      name,
      [("skew", skew), ("temperature", temperature)],
      needs: Needs(teacher: true)
    ) { comparison in
      try divergence(comparison.student, comparison.taught()).mean() * (temperature * temperature)
    }
  }

  /// log ((1 − share)·f + share·t) of probabilities, the share between 0 and 1; where both are 0, the
  /// logarithm of the smallest normal Float32.
  private static func logMixture(_ f: Tensor, _ t: Tensor, share: Double) -> Tensor {
    f.interpolated(to: t + Double(Float.leastNormalMagnitude) / share, fraction: share).logarithm
  }
}
