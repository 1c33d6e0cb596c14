import CTorch

extension NADEKernel {
  /// First half of a step: log q(x), `[count]`; or, toward soft targets t `[count, inputs]`,
  /// Σ t log y + (1 − t) log(1 − y). The second half is ``gradient(_:)`` or ``descend(_:)``.
  package func forward(_ images: Tensor, toward targets: Tensor? = nil) -> Tensor {
    precondition(
      targets == nil || targets?.shape == images.shape,
      "NADE: targets of shape \(targets?.shape ?? []) for images of shape \(images.shape)"
    )
    let result = Tensor.zeros([images.shape[0]])
    let targets = targets?.denseFloats
    withImages(images) { images in
      withExtendedLifetime(targets) {
        if let targets {
          distill_nade_forward_toward(plan, images, targets.floats, result.floats)
        } else {
          distill_nade_forward(plan, images, result.floats)
        }
      }
    }
    return result
  }

  /// Σ_n w_n ∇log q(x_n) for weights `[count]`; nil for w_n = −1/count.
  package func gradient(_ weights: Tensor? = nil) -> [Tensor] {
    let weights = weights?.denseFloats
    let result = makeArrays()
    withExtendedLifetime(weights) {
      distill_nade_gradient(plan, weights.map { UnsafePointer($0.floats) }, arrays(result))
    }
    return result
  }

  /// The same fused with a step down it.
  package func descend(_ weights: Tensor? = nil) {
    let weights = weights?.denseFloats
    withExtendedLifetime(weights) {
      distill_nade_descend(plan, weights.map { UnsafePointer($0.floats) })
    }
  }

  /// ½‖∇_x log q − s‖² for scores s `[count, inputs]`: the losses `[count]` and the gradient of their
  /// sum weighted by `weights` `[count]` (nil: 1/count).
  package func scoreGradient(
    _ images: Tensor,
    scores: Tensor,
    weights: Tensor? = nil
  ) -> (losses: Tensor, gradient: [Tensor]) {
    let result = makeArrays()
    let losses = withScores(images, scores, weights) { images, scores, weights, losses in
      distill_nade_score_gradient(plan, images, scores, weights, losses, arrays(result))
    }
    return (losses, result)
  }

  /// The same fused with a step down it: the losses before.
  package func scoreDescend(_ images: Tensor, scores: Tensor, weights: Tensor? = nil) -> Tensor {
    withScores(images, scores, weights) { images, scores, weights, losses in
      distill_nade_score_descend(plan, images, scores, weights, losses)
    }
  }

  private func withScores(
    _ images: Tensor,
    _ scores: Tensor,
    _ weights: Tensor?,
    _ body: (
      distill_nade_images, UnsafePointer<Float>, UnsafePointer<Float>?, UnsafeMutablePointer<Float>
    ) -> Void
  ) -> Tensor {
    precondition(
      scores.shape == images.shape,
      "NADE: scores of shape \(scores.shape) for images of shape \(images.shape)"
    )
    let (scores, weights) = (scores.denseFloats, weights?.denseFloats)
    let losses = Tensor.zeros([images.shape[0]])
    withExtendedLifetime((scores, weights)) {
      withImages(images) {
        body($0, scores.floats, weights.map { UnsafePointer($0.floats) }, losses.floats)
      }
    }
    return losses
  }
}
