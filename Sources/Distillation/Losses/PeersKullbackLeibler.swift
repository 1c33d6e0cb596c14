import Tensors

extension Loss {
  /// The divergence of the student from each member of an ensemble, softened by a temperature T:
  /// T²/M Σ_m KL(t_m‖f), mean over the batch.
  ///
  /// The same gradient as ``kullbackLeibler(temperature:)`` towards the mean of the members'
  /// softened probabilities; larger by how much these differ among themselves. For an ``Ensemble``,
  /// whose members are seen at its tap ``Ensemble/membersTap``, and for the others of a
  /// cohort that learns together (``learnMutually(_:observedAs:on:minimizing:towardOthers:temperature:using:schedule:seed:checkpointing:progress:)``).
  ///
  /// Zhang et al., *Deep Mutual Learning* (2018): T = 1, weight 1 beside a cross entropy of 1.
  public static func peersKullbackLeibler(temperature: Double = 1) -> Loss {
    precondition(
      temperature > 0,
      "peersKullbackLeibler: temperature \(temperature) is not positive"
    )
    return Loss(
      "peersKullbackLeibler",
      temperature == 1 ? [] : [("temperature", temperature)],
      needs: Needs(teacher: true, teacherFeatures: [Ensemble.membersTap])
    ) { comparison in
      guard let seen = try comparison.taught().features[Ensemble.membersTap] else {
        throw DistillationError(
          "peersKullbackLeibler compares with each member: give an Ensemble as the teacher"
        )
      }
      let members = temperature == 1 ? seen : (seen / temperature).logSoftmax()
      let own = try comparison.student.logProbabilities(temperature: temperature)
      let probabilities = members.exponential
      let mean = probabilities.mean(along: 1)
      // No further from the members than their mean is, which the student does not change.
      let logMean = mean.clamped(min: Double(Float.leastNormalMagnitude)).logarithm
      let spread = weighted(members - logMean.insertingAxis(1), by: probabilities).sum()
      let (batch, count) = (Double(own.shape[0]), Double(members.shape[1]))
      return (weighted(logMean - own, by: mean).sum() + spread / count)
        * (temperature * temperature / batch)
    }
  }
}
