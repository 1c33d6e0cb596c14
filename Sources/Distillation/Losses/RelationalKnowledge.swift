import Tensors

extension Loss {
  /// Over what relational knowledge is averaged, and of which embeddings.
  public enum RelationalConvention: String, Sendable, CaseIterable {
    /// Over pairs or triples of different examples.
    case paper
    /// Over all of them, those of an example with itself too (RepDistiller, torchdistill).
    case repDistiller
    /// The same, of embeddings that are brought to length 1 first (mmrazor's default).
    case mmrazor

    fileprivate var suffix: String {
      switch self {
      case .paper: ""
      case .repDistiller: "AsInRepDistiller"
      case .mmrazor: "AsInMMRazor"
      }
    }

    fileprivate func products(_ rows: Tensor) -> InnerProducts {
      InnerProducts(self == .mmrazor ? Loss.unitRows(rows) : rows)
    }
  }

  /// RKD-D: Huber's loss between the distances of examples, ‖s_i − s_j‖ / μ_s against
  /// ‖t_i − t_j‖ / μ_t, mean over the pairs i ≠ j; μ is the mean distance in the batch.
  ///
  /// Blind to size, shift and rotation of either embedding. Depends on the whole batch; examples at
  /// one place count as 1e−6 apart. Takes memory for B² numbers. Averaged over i = j too, as in
  /// ``RelationalConvention/repDistiller``, it is (B − 1)/B of this for B examples.
  ///
  /// Park et al., *Relational Knowledge Distillation* (2019), with
  /// `25 * .relationalDistance() + 50 * .relationalAngle()` for embeddings.
  public static func relationalDistance(
    of embedding: Embedding = .values,
    as convention: RelationalConvention = .paper
  ) -> Loss {
    let name = "relationalDistance" + convention.suffix
    return relational(name, embedding, examples: 2) { student, teacher in
      let count = Double(student.shape[0])
      let pairs = count * (count - 1)
      func distances(_ rows: Tensor) -> Tensor {
        let apart = 1 - Tensor.identity(rows.shape[0], rows.elementType, on: rows.device)
        let distances = convention.products(rows).squares.clamped(min: 1e-12).squareRoot * apart
        return distances / (distances.sum() / pairs)
      }
      return sumOfHuber(distances(student), distances(teacher))
        / (convention == .paper ? pairs : count * count)
    }
  }

  /// RKD-A: Huber's loss between the cosines of the angles that three examples make,
  /// cos ∠(s_i, s_j, s_k) against cos ∠(t_i, t_j, t_k), mean over triples of different i, j, k.
  ///
  /// Blind to size, shift and rotation of either embedding. Depends on the whole batch; takes memory
  /// for B³ numbers. In Float32, examples nearer to each other than 0.3% of their distance from the
  /// batch's mean count as at one place, with cosine 0. Averaged over all B³ triples, as in
  /// ``RelationalConvention/repDistiller``, it is (B − 1)(B − 2)/B² of this.
  ///
  /// Park et al., *Relational Knowledge Distillation* (2019).
  public static func relationalAngle(
    of embedding: Embedding = .values,
    as convention: RelationalConvention = .paper
  ) -> Loss {
    let name = "relationalAngle" + convention.suffix
    return relational(name, embedding, examples: 3) { student, teacher in
      let count = Double(student.shape[0])
      // Triples in which two are the same have the same cosine, 0 or 1, on both sides.
      let (own, other) = (convention.products(student), convention.products(teacher))
      return sumOfHuber(own.cosines, other.cosines)
        / (convention == .paper ? count * (count - 1) * (count - 2) : count * count * count)
    }
  }
}

/// The products of a batch's embeddings with each other, which say all of distances and angles: B²
/// numbers in place of the B² × width of all differences.
private struct InnerProducts {
  /// G_ij = x_i·x_j, the batch's mean taken off first, `[batch, batch]`.
  private let products: Tensor
  /// ‖x_i − x_j‖², `[batch, batch]`.
  let squares: Tensor
  /// Up to where squares are rounding.
  private let rounding: Tensor

  init(_ rows: Tensor) {
    let centred = rows - rows.mean(along: 0, keepingAxes: true)
    products = centred.matmul(centred.transposed())
    let lengths = products.diagonal()
    let sums = lengths.insertingAxis(0) + lengths.insertingAxis(1)
    squares = sums - products * 2
    rounding = sums.detached * (rows.elementType == .float64 ? 1e-13 : 1e-5)
  }

  /// cos ∠(i, j, k) at `[j, i, k]`: (G_ik − G_ij − G_jk + G_jj) / (‖x_i − x_j‖ ‖x_k − x_j‖); 0 where
  /// two of them are at one place.
  var cosines: Tensor {
    let apart = squares.detached .> rounding.clamped(min: 1e-30)
    let inverse =
      squares.onesLike.replacing(with: squares, where: apart).reciprocalSquareRoot
      * apart.cast(to: squares.elementType)
    // Half of G_jj with each of the two that end in j.
    let ends = products - products.diagonal().insertingAxis(1) * 0.5
    let numerators = products.insertingAxis(0) - ends.insertingAxis(1) - ends.insertingAxis(2)
    return numerators * (inverse.insertingAxis(1) * inverse.insertingAxis(2))
  }
}
