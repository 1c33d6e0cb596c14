import Distillation
import Tensors

/// The terms of a loss that the fused NADE kernels compute.
struct FusedLoss {
  var likelihood = 0.0
  var conditional = 0.0
  var score = 0.0
  /// Weight, and the constant; nil where it is learnt.
  var squared: (weight: Double, constant: Double?) = (0, 0)
  var reverse: (weight: Double, samples: Int) = (0, 0)

  /// - Throws: ``GenerativeError`` naming a term that is none of these.
  init(_ loss: Loss) throws {
    for term in loss.terms where term.weight != 0 {
      switch (term.densityTerm, term.kernelForm) {
      case (.likelihood, _): likelihood += term.weight
      case (.conditional, _): conditional += term.weight
      // With one output derivative matching is score matching: ½‖∂log q/∂x − ∂log p̃/∂x‖².
      case (_, .derivatives): score += term.weight
      case (_, .squaredError) where squared.weight == 0: squared = (term.weight, 0)
      case (.squared(let constant), _) where squared.weight == 0:
        squared = (term.weight, constant)
      case (.reverse(let samples), _) where reverse.weight == 0 && samples >= 1:
        reverse = (term.weight, samples)
      default:
        throw GenerativeError(
          "the fused NADE kernels have no '\(term)' (or have it already): use "
            + "negativeLogLikelihood, conditionalCrossEntropy, squaredLogDensityError, "
            + "derivativeSquaredError, reverseKullbackLeibler(samples:), or distill through "
            + "Distiller, which differentiates anything"
        )
      }
    }
  }

  /// Whether images of the batch are looked at as they are.
  var looksAtPixels: Bool { likelihood != 0 || squared.weight != 0 }

  /// How many gradients are made apart and summed.
  var parts: Int {
    [looksAtPixels, conditional != 0, score != 0, reverse.weight != 0].count { $0 }
  }
}
