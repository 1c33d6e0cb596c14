import Tensors

extension Loss {
  /// Σ_k |f_(k) − t_(k)| of probabilities that are each sorted by size, mean over the batch.
  ///
  /// Looks at how sure the teacher is and of how many things, never of which: a student with other
  /// classes, such as the tokens of another tokenizer, can be compared with it, where the fewer classes
  /// are filled up with some of probability zero. Between 0 and 2, and 0 also for a student that
  /// is wrong with the teacher's confidence, so it stands beside a cross entropy. No temperature.
  ///
  /// Boizard et al., *Towards Cross-Tokenizer Distillation: the Universal Logit Distillation Loss for
  /// LLMs* (2024): 1.5 beside a cross entropy of 1.
  public static var sortedProbabilities: Loss {
    Loss("sortedProbabilities", needs: Needs(teacher: true)) { comparison in
      let own = try comparison.student.probabilities().sorted(along: 1, descending: true).values
      let target = try comparison.taught().probabilities()
        .sorted(along: 1, descending: true).values
      return (own - target).magnitude.sum() * (1 / Double(own.shape[0]))
    }
  }
}
