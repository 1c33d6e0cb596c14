import Tensors

extension Loss {
  /// ½ Σ_k t_k ‖∂log f_k/∂x − ∂log t_k/∂x‖², mean over the batch, t_k the teacher's probabilities;
  /// for a single logit y/2‖∇log f − ∇log y‖² + (1−y)/2‖∇log(1−f) − ∇log(1−y)‖².
  ///
  /// Derivative matching weighted by how probable each class is. Because t_k ∇log t_k = ∇t_k it is
  /// unbiased for one-draw targets, where ``derivativeSquaredError`` is not.
  ///
  /// Papamakarios, *Distilling Model Knowledge* (2015), section 3.
  public static var averageScoreMatching: Loss {
    Loss("averageScoreMatching", needs: Needs(teacher: true, derivatives: true)) { comparison in
      let teacher = try comparison.taught()
      let probabilities = try teacher.probabilities()
      let difference = try comparison.student.comparedDerivatives() - teacher.comparedDerivatives()
      let squares = difference.squared.flattened(from: 2).sum(along: 2)
      return (probabilities * squares).sum(along: 1).mean() * 0.5
    }.fused(as: .averageScoreMatching).unbiasedOnline()
  }
}
