import Distillation
import Tensors

/// What engines know the losses of embeddings as.
public enum EmbeddingTerm: TermIdentity {
  case similarityDistribution(temperature: Double)
  case pairContrast(temperature: Double)
}

extension Loss {
  /// KL(p_t‖p_s), mean over the batch, where p_j|i ∝ exp(cos(x_i, x_j) / T) over the other examples j
  /// of the batch: whom an example is like, in the batch's own words. Widths may differ.
  ///
  /// After Fang et al., *SEED: Self-supervised Distillation* (2021), with the batch in place of a
  /// queue. Not multiplied by T².
  ///
  /// - Parameter temperature: The default looks at the few nearest.
  public static func similarityDistribution(temperature: Double = 0.05) -> Loss {
    precondition(temperature > 0, "similarityDistribution: temperature \(temperature)")
    return Loss(
      "similarityDistribution",
      [("temperature", temperature)],
      needs: Needs(teacher: true)
    ) { comparison in
      let other = try comparison.taught().values
      guard other.shape[0] >= 3 else {
        throw DistillationError(
          "similarityDistribution relates 3 examples to each other, but the batch has "
            + "\(other.shape[0]): make batches larger, or drop a last one that is smaller"
        )
      }
      func logs(_ rows: Tensor) -> Tensor {
        let unit = directions(rows)
        let own = Tensor.identity(rows.shape[0], .float32, on: rows.device) .> 0
        return (unit.matmul(unit.transposed()) / temperature).filled(with: -1e9, where: own)
          .logSoftmax()
      }
      let (taught, own) = (logs(other), logs(comparison.student.values))
      return (taught.exponential * (taught - own)).sum(along: 1).mean()
    }.identified(as: EmbeddingTerm.similarityDistribution(temperature: temperature))
  }

  /// Cross entropy of finding the other of a pair among all others of the batch, by cosines divided
  /// by a temperature, from either side (InfoNCE; van den Oord et al. 2018). Needs no teacher: rows
  /// 2i and 2i + 1 of a batch are a pair.
  public static func pairContrast(temperature: Double = 0.05) -> Loss {
    precondition(temperature > 0, "pairContrast: temperature \(temperature)")
    return Loss("pairContrast", [("temperature", temperature)], needs: Needs()) { comparison in
      let rows = comparison.student.values
      guard rows.shape[0] % 2 == 0, rows.shape[0] >= 4 else {
        throw DistillationError(
          "pairContrast tells at least two pairs apart, two rows each, but the batch has "
            + "\(rows.shape[0]) rows"
        )
      }
      let pairs = directions(rows).reshaped(to: [rows.shape[0] / 2, 2, rows.shape[1]])
      let (first, second) = (pairs.selecting(0, along: 1), pairs.selecting(1, along: 1))
      let logits = first.matmul(second.transposed()) / temperature
      let found = logits.logSoftmax().diagonal() + logits.transposed().logSoftmax().diagonal()
      return found.mean() * -0.5
    }.identified(as: EmbeddingTerm.pairContrast(temperature: temperature))
  }

  /// Rows of length 1.
  private static func directions(_ rows: Tensor) -> Tensor {
    rows / rows.norm(along: 1, keepingAxes: true).clamped(min: 1e-12)
  }
}
