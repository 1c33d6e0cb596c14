import Tensors

extension Loss {
  /// Derivative matching along random directions:
  /// 1/(2KM) Σ_m ‖Σ_k v_mk (∂log f_k/∂x − ∂log t_k/∂x)‖² with v_mk standard normal, drawn anew for
  /// every example and step; mean over the batch.
  ///
  /// Because E[v_k v_j] is 1 for k = j and 0 otherwise, its mean over v is
  /// ``derivativeSquaredError`` and so is its gradient's, at M backward passes instead of K.
  ///
  /// Czarnecki et al., *Sobolev Training for Neural Networks* (2017); Srinivas & Fleuret,
  /// *Knowledge Transfer with Jacobian Matching* (2018).
  ///
  /// - Parameter projections: M, the directions for each example. The default is 1, the cheapest.
  public static func projectedDerivativeSquaredError(projections: Int = 1) -> Loss {
    precondition(
      projections > 0,
      "projectedDerivativeSquaredError: \(projections) projections, must be positive"
    )
    let loss = Loss(
      "projectedDerivativeSquaredError",
      [("projections", Double(projections))],
      needs: Needs(teacher: true, projections: projections)
    ) { comparison in
      guard let directions = comparison.directions else {
        throw DistillationError("projectedDerivativeSquaredError needs directions to project on")
      }
      let own = try comparison.student.derivatives(along: directions)
      let difference = try own - comparison.taught().derivatives(along: directions)
      let scale = 0.5 / Double(comparison.student.classCount * directions.shape[1])
      return difference.squared.flattened(from: 1).sum(along: 1).mean() * scale
    }
    return projections == 1 ? loss.fused(as: .projectedDerivatives) : loss
  }
}
