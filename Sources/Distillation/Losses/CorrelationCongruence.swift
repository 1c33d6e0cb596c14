import Foundation
import Tensors

extension Loss {
  /// CC: 1/B² ‖K(S) − K(T)‖², where K_ij = e^(−2γ) Σ_{p ≤ P} (2γ)^p/p! (x_i·x_j)^p on embeddings of
  /// length 1: the series of exp(−γ‖x_i − x_j‖²) up to order P.
  ///
  /// Blind to size and rotation of either embedding. Depends on the whole batch.
  ///
  /// Peng et al., *Correlation Congruence for Knowledge Distillation* (2019): γ = 0.4, P = 2.
  public static func correlationCongruence(
    of embedding: Embedding = .values,
    gamma: Double = 0.4,
    order: Int = 2
  ) -> Loss {
    precondition(gamma > 0 && order > 0, "correlationCongruence: gamma and order must be positive")
    return relational(
      "correlationCongruence",
      embedding,
      [("gamma", gamma), ("order", Double(order))],
      examples: 2
    ) { student, teacher in
      func kernel(_ rows: Tensor) -> Tensor {
        let unit = unitRows(rows)
        let products = unit.matmul(unit.transposed()) * (2 * gamma)
        // Horner's rule: 1 + x (1 + x/2 (1 + x/3 …)).
        let series = (1...order).reversed().reduce(products.onesLike) { sum, p in
          products * sum / Double(p) + 1
        }
        return series * exp(-2 * gamma)
      }
      return meanSquare(kernel(student), kernel(teacher))
    }
  }
}
