import Tensors

extension Loss {
  /// Derivative matching: 1/(2K) Σ_k ‖∂log f_k/∂x − ∂log t_k/∂x‖², mean over the batch.
  ///
  /// K is the number of classes, two for a single logit. For real numbers and log-densities the
  /// derivatives are those of the values. No temperature. Costs a backward pass for each output of
  /// student and teacher, and a second one through them; see
  /// ``projectedDerivativeSquaredError(projections:)``. Values may differ by a constant where they
  /// are not normalised: add a loss of values there. Biased for one-draw targets.
  ///
  /// Papamakarios, *Distilling Model Knowledge* (2015), section 2.2: alone, or 1/D beside soft targets
  /// for D inputs. The library's experiments on Fashion-MNIST have 180 divided by the number of
  /// training images, at most 0.1.
  public static var derivativeSquaredError: Loss {
    Loss("derivativeSquaredError", needs: Needs(teacher: true, derivatives: true)) { comparison in
      let own = try comparison.student.comparedDerivatives()
      let difference = try own - comparison.taught().comparedDerivatives()
      let scale = 0.5 / Double(max(own.shape[1], 1))
      return difference.squared.flattened(from: 1).sum(along: 1).mean() * scale
    }.fused(as: .derivatives)
  }
}
