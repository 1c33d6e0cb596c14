import Networks
import Tensors

extension Loss {
  /// SRRL: the student's features, brought to the teacher's by a connector r, must have the same
  /// means and make the teacher's own head say the same:
  /// mean over channels of (mean_hw r(s) − mean_hw t)² + w · mean over outputs of
  /// (head(r(s)) − z_t)², mean over the batch.
  ///
  /// The head is the teacher's and stays as it is; z_t are the teacher's values.
  ///
  /// Yang et al., *Knowledge Distillation via Softmax Regression Representation Learning* (2021),
  /// with w = 1 beside a cross entropy of 1.
  ///
  /// - Parameters:
  ///   - head: The teacher's classifier, from the features at the tap to its values. The default is
  ///     the teacher's own layers after its tap.
  ///   - embedding: The taps of the features that the heads see.
  ///   - connector: r, from the student's features to the teacher's; trained with the student. The
  ///     default is the paper's, a 1×1 convolution with batch normalisation and ReLU.
  ///   - weight: w.
  public static func softmaxRegression(
    by head: (any Module)? = nil,
    of embedding: Embedding,
    through connector: Projector = Projector(.regressor, always: true),
    regression weight: Double = 1
  ) -> Loss {
    .binding("softmaxRegression", [("regression", weight)], needs: embedding.needs) { binding in
      let reading = Frozen(try head ?? binding.announcedHead(at: embedding))
      let bringing = try binding.connector(connector, between: embedding)
      return BoundTerm(head == nil ? [Parts([bringing])] : [bringing]) { comparison in
        let (own, other) = try embedding.features(comparison)
        let brought = try bringing(own, toward: other, comparison.pass)
        let values = reading(brought, comparison.pass)
        let target = try comparison.taught().values
        guard values.shape == target.shape else {
          throw DistillationError(
            "softmaxRegression: the head gives \(values.shape) where the teacher gives "
              + "\(target.shape): use the teacher's own head, and the taps of what it sees"
          )
        }
        let features = meanSquare(overPlaces(brought), overPlaces(other))
        return features + meanSquare(values, target) * weight
      }
    }
  }

  /// The mean over places, `[batch, channels]`.
  private static func overPlaces(_ map: Tensor) -> Tensor {
    map.rank == 2 ? map : map.flattened(from: 2).mean(along: 2)
  }
}

extension Binding {
  /// The teacher's layers after its tap.
  fileprivate func announcedHead(at embedding: Loss.Embedding) throws -> Sequential {
    let tap = embedding.teacherTap!
    let head = try head(after: tap, for: "softmaxRegression")
    note(
      "read the student's features with the teacher's own layers after tap '\(tap)' "
        + "(\(head.parameterCount) parameters, which stay as they are)"
    )
    return head
  }
}
