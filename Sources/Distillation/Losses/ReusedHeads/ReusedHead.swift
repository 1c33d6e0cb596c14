import Networks
import Tensors

extension Loss {
  /// SimKD: the mean square difference of the student's projected features and the teacher's, over
  /// batch, channels and places; the only term, without labels.
  ///
  /// Where heights and widths differ, the larger map is averaged to the smaller.
  ///
  /// Chen et al., *Knowledge Distillation with the Reused Teacher Classifier* (2022). For a
  /// ``ReusedHeadStudent``, which classifies by the teacher's own head.
  ///
  /// - Parameters:
  ///   - student: The tap of the projected features. The default is that of a ``ReusedHeadStudent``.
  ///   - teacher: The tap of what the teacher's head sees.
  public static func reusedHead(student: String = "projector", teacher: String) -> Loss {
    let embedding = Embedding.taps(student: student, teacher: teacher)
    return Loss("reusedHead", needs: embedding.needs) { comparison in
      let (own, other) = try embedding.features(comparison)
      let (a, b) = try alike(own, other, in: "reusedHead")
      return meanSquare(a, b)
    }
  }

  /// Maps of one shape, the larger averaged to the smaller where heights and widths differ.
  static func alike(_ own: Tensor, _ other: Tensor, in name: String) throws -> (Tensor, Tensor) {
    guard own.rank == other.rank, own.shape[1] == other.shape[1], own.rank == 2 || own.rank == 4
    else {
      throw DistillationError(
        "\(name) compares the student's \(own.shape) with the teacher's \(other.shape): both must "
          + "be [batch, width] or [batch, channels, height, width] of the same width or channels; "
          + "put a projector between them"
      )
    }
    guard own.rank == 4 else { return (own, other) }
    let height = min(own.shape[2], other.shape[2])
    let width = min(own.shape[3], other.shape[3])
    func averaged(_ map: Tensor) -> Tensor {
      map.shape[2] == height && map.shape[3] == width
        ? map : map.averagePooled2D(toHeight: height, width: width)
    }
    return (averaged(own), averaged(other))
  }
}
