import Tensors

extension Loss {
  /// SP: 1/B² ‖N(S Sᵀ) − N(T Tᵀ)‖², S and T the embeddings `[batch, width]`, N making each row's
  /// Euclidean length 1.
  ///
  /// Blind to size and rotation of either embedding. Depends on the whole batch.
  ///
  /// Tung & Mori, *Similarity-Preserving Knowledge Distillation* (2019), with weight 3,000.
  public static func similarityPreserving(of embedding: Embedding = .values) -> Loss {
    relational("similarityPreserving", embedding, examples: 2) { student, teacher in
      func similarities(_ rows: Tensor) -> Tensor { unitRows(rows.matmul(rows.transposed())) }
      return meanSquare(similarities(student), similarities(teacher))
    }
  }
}
