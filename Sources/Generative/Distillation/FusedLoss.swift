import Distillation
import Tensors

/// The terms of a loss that the fused NADE kernels compute.
struct FusedLoss {
  /// A gradient that is made apart from the others, and summed with them.
  enum Part: CaseIterable {
    case conditional, pixels, score, reverse
  }

  var likelihood = 0.0
  var conditional = 0.0
  var score = 0.0
  /// Weight, and the constant; nil where it is learnt.
  var squared: (weight: Double, constant: Double?) = (0, 0)
  var reverse: (weight: Double, samples: Int) = (0, 0)

  /// Nil when a term is none of these, or there are two of a kind that is there once.
  init?(_ loss: Loss) {
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
      default: return nil
      }
    }
  }

  var parts: [Part] {
    Part.allCases.filter { part in
      switch part {
      case .conditional: conditional != 0
      case .pixels: likelihood != 0 || squared.weight != 0
      case .score: score != 0
      case .reverse: reverse.weight != 0
      }
    }
  }
}
