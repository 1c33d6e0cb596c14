import Foundation
import Tensors

extension Loss {
  /// The generalised Jensen–Shannon divergence, softened by a temperature T:
  /// T² [β KL(t‖m) + (1 − β) KL(f‖m)] with m = βt + (1 − β)f, mean over the batch.
  ///
  /// Between 0 and T² log 2. Goes to 0 with β and with 1 − β, where β KL(t‖f) and (1 − β) KL(f‖t)
  /// are left of it: there use ``kullbackLeibler(temperature:)`` and
  /// ``reverseKullbackLeibler(temperature:)``, as TRL does for 0 and 1.
  ///
  /// Agarwal et al., *On-Policy Distillation of Language Models* (2024), equation 1: β = 0.5, T = 1,
  /// alone.
  /// Lin, *Divergence Measures Based on the Shannon Entropy* (1991).
  public static func jensenShannon(teacherShare beta: Double = 0.5, temperature: Double = 1) -> Loss
  {
    precondition(0 < beta && beta < 1, "jensenShannon: teacherShare \(beta) is not between 0 and 1")
    precondition(temperature > 0, "jensenShannon: temperature \(temperature) is not positive")
    return Loss(
      "jensenShannon",
      [("teacherShare", beta), ("temperature", temperature)],
      needs: Needs(teacher: true)
    ) { comparison in
      let own = try comparison.student.boundedLogProbabilities(temperature)
      let target = try comparison.taught().boundedLogProbabilities(temperature)
      let mixture = mix(target, own, share: beta)
      let sum =
        divergence(of: mixture, from: target) * beta
        + divergence(of: mixture, from: own) * (1 - beta)
      return sum.mean() * (temperature * temperature)
    }
  }

  /// log (share·exp a + (1 − share)·exp b).
  static func mix(_ a: Tensor, _ b: Tensor, share: Double) -> Tensor {
    if share == 0 { return b }
    if share == 1 { return a }
    return (a + log(share)).logAddExp(b + log(1 - share))
  }
}

extension Observation {
  /// Log-probabilities of which none is −∞, so that 0·log 0 is 0 for classes that were masked out of
  /// both student and teacher.
  func boundedLogProbabilities(_ temperature: Double) throws -> Tensor {
    try logProbabilities(temperature: temperature).clamped(min: -1e30)
  }
}
