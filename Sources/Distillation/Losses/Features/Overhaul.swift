import Tensors

extension Loss {
  /// OFD: Σ over elements of (r(s) − t̂)² where t > 0 or r(s) > t̂, with t̂ = max(t, m), mean over the
  /// batch: positive responses must be met, negative ones only be as low as the margin m < 0.
  ///
  /// For features before their ReLU.
  ///
  /// Heo et al., *A Comprehensive Overhaul of Feature Distillation* (2019), with
  /// ``halvedWithDepth(_:)`` over the taps and weight 1e−3 (CIFAR), 1e−4 (ImageNet) or 1e−5
  /// (detection and segmentation).
  ///
  /// - Parameters:
  ///   - embedding: The taps, before the activation.
  ///   - margin: m of each of the teacher's channels: from the batch normalisation before the tap,
  ///     or measured.
  ///   - projector: r. The default is linear with batch normalisation where the shapes differ.
  public static func overhaul(
    of embedding: Embedding,
    margin: OverhaulMargin,
    through projector: Projector = Projector(.normalized)
  ) -> Loss {
    projector.place = embedding.place
    return Loss(
      "overhaul",
      needs: embedding.needs,
      modules: [projector, margin]
    ) { comparison in
      let (student, teacher) = try embedding.features(comparison)
      let channels = teacher.rank == 4 ? teacher.shape[1] : teacher.shape.last!
      guard margin.values.shape == [channels] else {
        throw DistillationError(
          "overhaul: a margin for \(margin.values.value.count) channels where the teacher has "
            + "\(channels) in \(embedding.place): take it from the layer that is tapped"
        )
      }
      let own = try projector(student, toward: teacher, comparison.pass)
      let target = margin(teacher)
      let gap = own - target
      // One of two numbers is positive where the larger one is.
      let counted = gap.kept(wherePositive: gap.detached.maximum(teacher))
      return counted.raised(to: 2).sum() / Double(own.shape[0])
    }
  }
}
