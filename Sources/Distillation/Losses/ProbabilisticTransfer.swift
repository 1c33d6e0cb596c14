import Tensors

extension Loss {
  /// Which examples are neighbours, and over what is averaged.
  public enum NeighbourConvention: String, Sendable, CaseIterable {
    /// The others; over the batch.
    case paper
    /// The example itself, too; over all B² pairs, and with 1e−7 added to lengths and inside the
    /// logarithm (RepDistiller). Hence its weight of 30,000.
    case repDistiller
  }

  /// PKT: KL(q_t‖q_s), mean over the batch, where q_j|i ∝ (1 + cos(x_i, x_j)) / 2 over j ≠ i is how
  /// probable example j is as a neighbour of i.
  ///
  /// Blind to size and rotation of either embedding. Depends on the whole batch. Similarities
  /// count as 1e−7 at least.
  ///
  /// Passalis & Tefas, *Learning Deep Representations with Probabilistic Knowledge Transfer* (2018),
  /// alone.
  public static func probabilisticTransfer(
    of embedding: Embedding = .values,
    as convention: NeighbourConvention = .paper
  ) -> Loss {
    if convention == .repDistiller { return probabilisticTransferAsInRepDistiller(of: embedding) }
    return relational("probabilisticTransfer", embedding, examples: 3) { student, teacher in
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

  private static func probabilisticTransferAsInRepDistiller(of embedding: Embedding) -> Loss {
    relational("probabilisticTransferAsInRepDistiller", embedding, examples: 2) {
      student,
      teacher in
      let small = 1e-7
      func neighbours(_ rows: Tensor) -> Tensor {
        let unit = rows / (rows.norm(along: 1, keepingAxes: true) + small)
        let similarity = (unit.matmul(unit.transposed()) + 1) * 0.5
        return similarity / similarity.sum(along: 1, keepingAxes: true)
      }
      let (own, other) = (neighbours(student), neighbours(teacher))
      return (other * ((other + small).logarithm - (own + small).logarithm)).mean()
    }
  }
}
