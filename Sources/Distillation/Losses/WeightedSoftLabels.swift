import Tensors

extension Loss {
  /// Weighted soft labels: T² w KL(t‖f), mean over the batch, with
  /// w = 1 − exp(−log f_y / log t_y) at temperature 1.
  ///
  /// Examples on which the student already does better than the teacher count less. The weights are
  /// constants to differentiation; the loss is 0 where student and teacher agree.
  ///
  /// Zhou et al., *Rethinking Soft Labels for Knowledge Distillation: A Bias-Variance Tradeoff
  /// Perspective* (2021): T = 2, weight 2.5 beside a cross entropy of 1. They use the cross entropy
  /// with t, whose gradient is the same.
  public static func weightedSoftLabels(temperature: Double = 2) -> Loss {
    precondition(temperature > 0, "weightedSoftLabels: temperature \(temperature) is not positive")
    return Loss(
      "weightedSoftLabels",
      [("temperature", temperature)],
      needs: Needs(labels: true, teacher: true)
    ) { comparison in
      let (student, teacher) = try (comparison.student, comparison.taught())
      let labels = try comparison.labelledClasses().insertingAxis(1)
      func surprise(_ observation: Observation) throws -> Tensor {
        -(try observation.logProbabilities().detached.gathering(labels, along: 1)).removingAxis(1)
      }
      // A teacher that is certain and right leaves nothing to weigh by: ε keeps 0 / 0 away.
      let ratio = try surprise(student) / (surprise(teacher) + 1e-7)
      let divergences = divergence(
        of: try student.logProbabilities(temperature: temperature),
        from: try teacher.logProbabilities(temperature: temperature)
      )
      return (divergences * -(-ratio).exponentialMinusOne).mean() * (temperature * temperature)
    }
  }
}
