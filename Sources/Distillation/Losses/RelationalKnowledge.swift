import Tensors

extension Loss {
  /// RKD-D: Huber's loss between the distances of examples, ‖s_i − s_j‖ / μ_s against
  /// ‖t_i − t_j‖ / μ_t, mean over the pairs i ≠ j; μ is the mean distance in the batch.
  ///
  /// Blind to size, shift and rotation of either embedding. Depends on the whole batch; examples at
  /// one place count as 1e−6 apart. Well-known code averages over i = j too, which is (B − 1)/B of
  /// this for B examples.
  ///
  /// Park et al., *Relational Knowledge Distillation* (2019), with
  /// `25 * .relationalDistance() + 50 * .relationalAngle()` for embeddings.
  public static func relationalDistance(of embedding: Embedding = .values) -> Loss {
    relational("relationalDistance", embedding, examples: 2) { student, teacher in
      let count = Double(student.shape[0])
      let pairs = count * (count - 1)
      func distances(_ rows: Tensor) -> Tensor {
        let apart = 1 - Tensor.identity(rows.shape[0], rows.elementType, on: rows.device)
        let squares = differences(rows).squared.sum(along: 2)
        let distances = squares.clamped(min: 1e-12).squareRoot * apart
        return distances / (distances.sum() / pairs)
      }
      return huber(distances(student) - distances(teacher)).sum() / pairs
    }
  }

  /// RKD-A: Huber's loss between the cosines of the angles that three examples make,
  /// cos ∠(s_i, s_j, s_k) against cos ∠(t_i, t_j, t_k), mean over triples of different i, j, k.
  ///
  /// Blind to size, shift and rotation of either embedding. Depends on the whole batch; takes memory
  /// for B³ numbers and B² × width. Well-known code averages over all B³ triples, which is
  /// (B − 1)(B − 2)/B² of this.
  ///
  /// Park et al., *Relational Knowledge Distillation* (2019).
  public static func relationalAngle(of embedding: Embedding = .values) -> Loss {
    relational("relationalAngle", embedding, examples: 3) { student, teacher in
      let count = Double(student.shape[0])
      func cosines(_ rows: Tensor) -> Tensor {
        let directions = unitRows(differences(rows))
        return directions.matmul(directions.transposed())
      }
      // Triples in which two are the same have the same cosine, 0 or 1, on both sides.
      return huber(cosines(student) - cosines(teacher)).sum()
        / (count * (count - 1) * (count - 2))
    }
  }

  /// x_i − x_j at `[j, i]`, `[batch, batch, width]`: exact where examples are close to each other.
  private static func differences(_ rows: Tensor) -> Tensor {
    rows.insertingAxis(0) - rows.insertingAxis(1)
  }
}
