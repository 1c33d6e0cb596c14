import Foundation
import Tensors

extension Loss {
  /// What of the embeddings is compared, and how.
  public enum CongruenceConvention: String, Sendable, CaseIterable {
    /// Kernels of embeddings of length 1, by the mean of squares.
    case paper
    /// Kernels of embeddings as they are, by ‖K(S) − K(T)‖ / B², without a square (torchdistill,
    /// kernel `gaussian`).
    case torchdistill
    /// The same with K_ij = x_i·x_j (torchdistill, kernel `bilinear`): γ and P play no part.
    case torchdistillBilinear
  }

  /// CC: 1/B² ‖K(S) − K(T)‖², where K_ij = e^(−2γ) Σ_{p ≤ P} (2γ)^p/p! (x_i·x_j)^p on embeddings of
  /// length 1: the series of exp(−γ‖x_i − x_j‖²) up to order P.
  ///
  /// Blind to size and rotation of either embedding. Depends on the whole batch.
  ///
  /// Peng et al., *Correlation Congruence for Knowledge Distillation* (2019): γ = 0.4, P = 2. Weights
  /// are those of a loss far below 1: look at the gradient ratio of a run before one is chosen.
  /// RepDistiller computes another thing under this name: ``successiveDifferences(of:through:)``.
  public static func correlationCongruence(
    of embedding: Embedding = .values,
    gamma: Double = 0.4,
    order: Int = 2,
    as convention: CongruenceConvention = .paper
  ) -> Loss {
    precondition(gamma > 0 && order > 0, "correlationCongruence: gamma and order must be positive")
    if convention == .torchdistillBilinear {
      return relational("bilinearCongruenceAsInTorchdistill", embedding, examples: 2) {
        distance($0.matmul($0.transposed()), $1.matmul($1.transposed()))
      }
    }
    return relational(
      "correlationCongruence" + (convention == .paper ? "" : "AsInTorchdistill"),
      embedding,
      [("gamma", gamma), ("order", Double(order))],
      examples: 2
    ) { student, teacher in
      func kernel(_ rows: Tensor) -> Tensor {
        let compared = convention == .paper ? unitRows(rows) : rows
        let products = compared.matmul(compared.transposed()) * (2 * gamma)
        // Horner's rule: 1 + x (1 + x/2 (1 + x/3 …)).
        let series = (1...order).reversed().reduce(products.onesLike) { sum, p in
          products * sum / Double(p) + 1
        }
        return series * exp(-2 * gamma)
      }
      return convention == .paper
        ? meanSquare(kernel(student), kernel(teacher))
        : distance(kernel(student), kernel(teacher))
    }
  }

  /// ‖A − B‖ / B² of kernels of B examples.
  private static func distance(_ a: Tensor, _ b: Tensor) -> Tensor {
    // In units of the largest, whose square may be too large a number.
    let difference = (a - b).flattened()
    let largest = difference.detached.norm(order: .infinity).clamped(min: 1e-30)
    return (difference / largest).norm() * largest / Double(a.count)
  }

  /// RepDistiller's "correlation": mean over i of Σ_k |s_ik − t_ik|·|s_(i+1)k − t_(i+1)k| for examples
  /// that follow each other in the batch.
  ///
  /// To move its recipe over (weight 0.02), where both embeddings pass through linear layers of width
  /// 128 that are trained. Here the student's alone does, to the teacher's width; for the other one
  /// give the teacher such a layer. The order of the batch counts, so it cannot be split. Zero
  /// wherever of every two neighbours one agrees with the teacher.
  ///
  /// - Parameters:
  ///   - embedding: What is compared.
  ///   - projector: Brings the student's embedding to the teacher's width. The default is linear
  ///     where the widths differ.
  public static func successiveDifferences(
    of embedding: Embedding = .values,
    through projector: Projector = Projector()
  ) -> Loss {
    .binding("successiveDifferences", needs: embedding.needs) { binding in
      let connector = try binding.connector(projector, between: embedding.place) { comparison in
        let (student, teacher) = try embedding.of(comparison)
        return (student, [teacher.shape[1]])
      }
      return BoundTerm([connector]) { comparison in
        let (student, teacher) = try embedding.of(comparison)
        let count = student.shape[0]
        guard count > 1 else {
          throw DistillationError(
            "successiveDifferences relates 2 examples to each other, but the batch has \(count): "
              + "make batches larger, or drop a last one that is smaller"
          )
        }
        let apart = (try connector(student, toward: teacher, comparison.pass) - teacher).magnitude
        return (apart[0..<count - 1] * apart[1..<count]).sum(along: 1).mean()
      }
    }
  }
}
