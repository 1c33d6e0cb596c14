import Tensors

extension Loss {
  /// PKT: KL(q_t‖q_s), mean over the batch, where q_j|i ∝ (1 + cos(x_i, x_j)) / 2 over j ≠ i is how
  /// probable example j is as a neighbour of i.
  ///
  /// Blind to size and rotation of either embedding. Depends on the whole batch. Similarities
  /// count as 1e−7 at least. Well-known code averages over B² with j = i among the neighbours, hence
  /// its weight of 30,000.
  ///
  /// Passalis & Tefas, *Learning Deep Representations with Probabilistic Knowledge Transfer* (2018).
  public static func probabilisticTransfer(of embedding: Embedding = .values) -> Loss {
    relational("probabilisticTransfer", embedding, examples: 3) { student, teacher in
      func neighbours(_ rows: Tensor) -> Tensor {
        let unit = unitRows(rows)
        let similarity = ((unit.matmul(unit.transposed()) + 1) * 0.5).clamped(min: 1e-7)
        let count = rows.shape[0]
        // Row i without its own place.
        let places = Tensor.range(0..<count - 1, on: rows.device)
        let own = Tensor.range(0..<count, on: rows.device).insertingAxis(1)
        let others = similarity.gathering(places + (places .>= own).cast(to: .int64), along: 1)
        return others.logarithm.logSoftmax()
      }
      return divergence(of: neighbours(student), from: neighbours(teacher)).mean()
    }
  }
}
