import Tensors

/// What losses on maps `[batch, channels, height, width]` share.
extension Loss.Embedding {
  /// The maps of student and teacher.
  ///
  /// - Throws: ``DistillationError`` when what was tapped are no maps.
  func maps(
    _ comparison: Comparison,
    for name: String
  ) throws -> (student: Tensor, teacher: Tensor) {
    let (student, teacher) = try features(comparison)
    guard student.rank == 4, teacher.rank == 4 else {
      throw DistillationError(
        "\(name) compares places of images, but \(place) have shapes \(student.shape) and "
          + "\(teacher.shape): tap maps [batch, channels, height, width]"
      )
    }
    return (student, teacher)
  }
}

extension Loss {
  /// A term on what student and teacher show at an embedding, the student's brought to the teacher's
  /// shape by a projector that is trained with it.
  static func projected(
    _ name: String,
    _ embedding: Embedding,
    _ projector: Projector,
    _ settings: [(name: String, value: Double)] = [],
    _ value: @escaping (_ student: Tensor, _ teacher: Tensor) throws -> Tensor
  ) -> Loss {
    .binding(name, settings, needs: embedding.needs) { binding in
      let connector = try binding.connector(projector, between: embedding)
      return BoundTerm([connector]) { comparison in
        let (student, teacher) = try embedding.features(comparison)
        return try value(connector(student, toward: teacher, comparison.pass), teacher)
      }
    }
  }

  /// Two maps of one height and width, the larger averaged over regions.
  static func atOneSize(_ a: Tensor, _ b: Tensor) -> (Tensor, Tensor) {
    let extent = zip(a.shape.suffix(2), b.shape.suffix(2)).map(min)
    return (a.resampled(to: extent), b.resampled(to: extent))
  }

  /// Rows along the last axis in units of their largest element, as a constant: before what is blind
  /// to size, so that squares neither overflow nor vanish.
  static func inUnitsOfLargest(_ rows: Tensor) -> Tensor {
    rows / rows.detached.norm(order: .infinity, along: -1, keepingAxes: true).clamped(min: 1e-30)
  }

  /// Numbers `[channels]` in a shape that multiplies features of a rank: channels are the second axis
  /// of vectors and maps, the last of sequences.
  static func perChannel(_ numbers: Tensor, rank: Int) -> Tensor {
    numbers.reshaped(to: rank == 4 ? [1, numbers.count, 1, 1] : [numbers.count])
  }

  /// Terms of one tap after another, from the input to the output, in halves: the last counts 1, the
  /// one before it ½, and so on. Activation boundaries and the overhaul are weighted like this
  /// (Heo et al. 2019).
  public static func halvedWithDepth(_ losses: [Loss]) -> Loss {
    let last = losses.count - 1
    return losses.enumerated().map { index, loss in (1 / Double(1 << (last - index))) * loss }
      .reduce(Loss([]), +)
  }
}
