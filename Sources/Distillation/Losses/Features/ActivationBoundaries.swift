import Tensors

extension Loss {
  /// AB: makes each of the student's neurons be on where the teacher's is, with a margin μ:
  /// Σ over elements of [t > 0]·max(μ − r(s), 0)² + [t ≤ 0]·max(μ + r(s), 0)², mean over the batch.
  ///
  /// For features before their ReLU. Zero where r(s) ≥ μ for all neurons that are on in the teacher
  /// and ≤ −μ for all others, so a student whose activations are the teacher's is still pushed away
  /// from the boundary.
  ///
  /// Heo et al., *Knowledge Transfer via Distillation of Activation Boundaries Formed by Hidden
  /// Neurons* (2019): μ = 1, alone in a first stage. RepDistiller has weight 0.003 with
  /// ``halvedWithDepth(_:)``.
  ///
  /// - Parameters:
  ///   - embedding: The taps, before the activation.
  ///   - projector: r. The default is linear with batch normalisation where the shapes differ.
  ///   - margin: μ.
  public static func activationBoundaries(
    of embedding: Embedding,
    through projector: Projector = Projector(.normalized),
    margin: Double = 1
  ) -> Loss {
    precondition(margin >= 0, "activationBoundaries: margin \(margin) is negative")
    return projected(
      "activationBoundaries",
      embedding,
      projector,
      [("margin", margin)]
    ) { own, other in
      let side = (other .> 0).choosing(1, else: -1).cast(to: own.elementType)
      let missing = (margin - own * side).relu
      return missing.squared.sum() / Double(own.shape[0])
    }
  }
}
