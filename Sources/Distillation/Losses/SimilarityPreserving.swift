import Tensors

extension Loss {
  /// How long the rows of similarities are made.
  public enum SimilarityConvention: String, Sendable, CaseIterable {
    /// Σ x² = 1 (the paper, RepDistiller).
    case paper
    /// Σ |x| = 1 (torchdistill).
    case torchdistill
  }

  /// SP: 1/B² ‖N(S Sᵀ) − N(T Tᵀ)‖², S and T the embeddings `[batch, width]`, N making each row's
  /// Euclidean length 1.
  ///
  /// Blind to size and rotation of either embedding. Depends on the whole batch.
  ///
  /// Tung & Mori, *Similarity-Preserving Knowledge Distillation* (2019), with weight 3,000.
  public static func similarityPreserving(
    of embedding: Embedding = .values,
    as convention: SimilarityConvention = .paper
  ) -> Loss {
    let name = "similarityPreserving" + (convention == .paper ? "" : "AsInTorchdistill")
    return relational(name, embedding, examples: 2) { student, teacher in
      func similarities(_ rows: Tensor) -> Tensor {
        unitRows(rows.matmul(rows.transposed()), order: convention == .paper ? 2 : 1)
      }
      return meanSquare(similarities(student), similarities(teacher))
    }
  }
}
