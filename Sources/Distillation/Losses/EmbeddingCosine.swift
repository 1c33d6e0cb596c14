import Tensors

extension Loss {
  /// 1 − cos(s, t) of an example's embeddings by student and teacher, mean over the batch; their
  /// widths are the same.
  public static var embeddingCosine: Loss {
    Loss("embeddingCosine", needs: Needs(teacher: true)) { comparison in
      let (own, other) = (comparison.student.values, try comparison.taught().values)
      guard own.shape == other.shape else {
        throw DistillationError(
          "embeddingCosine compares embeddings of one width, and student and teacher have "
            + "\(own.shape[1]) and \(other.shape[1]) numbers: project the student's, or compare "
            + "similarities"
        )
      }
      func directions(_ rows: Tensor) -> Tensor {
        rows / rows.norm(along: 1, keepingAxes: true).clamped(min: 1e-12)
      }
      return 1 - (directions(own) * directions(other)).sum(along: 1).mean()
    }
  }
}
