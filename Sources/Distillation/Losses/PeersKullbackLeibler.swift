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
  /// Zhang et al., *Deep Mutual Learning* (2018).
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
      let own = try comparison.student.logProbabilities(temperature: temperature).insertingAxis(1)
      let difference = members.exponential * (members - own)
      return difference.sum(along: 2).mean() * (temperature * temperature)
    }
  }
}
