import Tensors

/// The gradient of the log-likelihood of a machine exp(a·u + b·h + uᵀWh) with respect to W, a and b,
/// from visible units u and probabilities p of hidden ones on both sides.
struct CenteredGradient {
  /// Of W `[visible, hidden]`, a `[visible]` and b `[hidden]`.
  private(set) var parts: [Tensor]

  /// - Parameter offsets: μ and λ, what visible and hidden units are measured from. Then
  ///   ∇W = ⟨(u − μ)(p − λ)ᵀ⟩_data − ⟨(u − μ)(p − λ)ᵀ⟩_model, and as biases of the machine itself
  ///   ∇a = Δu − ∇W λ, ∇b = Δp − ∇Wᵀμ, where Δ is data minus model (Melchior et al. 2016).
  init(
    data: (visible: Tensor, hidden: Tensor),
    model: (visible: Tensor, hidden: Tensor),
    offsets: (visible: Tensor, hidden: Tensor)?
  ) {
    func product(_ side: (visible: Tensor, hidden: Tensor)) -> Tensor {
      side.visible.transposed().matmul(side.hidden) / Double(side.visible.shape[0])
    }
    var weights = product(data) - product(model)
    var visible = data.visible.mean(along: 0) - model.visible.mean(along: 0)
    var hidden = data.hidden.mean(along: 0) - model.hidden.mean(along: 0)
    if let (mu, lambda) = offsets {
      weights = weights - visible.outerProduct(lambda) - mu.outerProduct(hidden)
      visible = visible - weights.matmul(lambda)
      hidden = hidden - weights.transposed().matmul(mu)
    }
    parts = [weights, visible, hidden]
  }
}
