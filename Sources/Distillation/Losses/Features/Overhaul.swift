import Networks
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
  ///     or measured. The default is measured on up to 10,000 examples before the first step.
  ///   - projector: r. The default is linear with batch normalisation where the shapes differ.
  public static func overhaul(
    of embedding: Embedding,
    margin: OverhaulMargin? = nil,
    through projector: Projector = Projector(.normalized)
  ) -> Loss {
    .binding("overhaul", needs: embedding.needs) { binding in
      let least = try margin ?? binding.margin(of: embedding)
      let connector = try binding.connector(projector, between: embedding)
      let modules: [any Module] = [connector, least]
      return BoundTerm(margin == nil ? [Parts(modules)] : modules) { comparison in
        let (student, teacher) = try embedding.features(comparison)
        let channels = teacher.overhauledChannels
        guard least.values.shape == [channels] else {
          throw DistillationError(
            "overhaul: a margin for \(least.values.value.count) channels where the teacher has "
              + "\(channels) in \(embedding.place): take it from the layer that is tapped"
          )
        }
        let own = try connector(student, toward: teacher, comparison.pass)
        let gap = own - least(teacher)
        // One of two numbers is positive where the larger one is.
        let counted = gap.kept(wherePositive: gap.detached.maximum(teacher))
        return counted.raised(to: 2).sum() / Double(own.shape[0])
      }
    }
  }
}

extension Binding {
  /// The margin measured on up to 10,000 examples.
  fileprivate func margin(of embedding: Loss.Embedding) throws -> OverhaulMargin {
    let seen = try embedding.features(comparison()).teacher
    let (channels, tap) = (seen.overhauledChannels, embedding.teacherTap!)
    note(
      "measured the margin of \(channels) channels at the teacher's tap '\(tap)', the mean of what "
        + "is negative there"
    )
    guard isLearning else {
      return OverhaulMargin(.zeros([channels], seen.elementType, on: seen.device))
    }
    return try OverhaulMargin(
      of: askedTeacher(for: "overhaul"),
      at: tap,
      on: examples(for: "overhaul").batches(of: 100, shuffled: nil).limited(to: 100)
    )
  }
}

extension Tensor {
  fileprivate var overhauledChannels: Int { rank == 4 ? shape[1] : shape.last! }
}
