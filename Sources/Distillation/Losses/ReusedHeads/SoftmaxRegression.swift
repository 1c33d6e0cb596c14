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
  ///   - head: The teacher's classifier, from the features at the tap to its values.
  ///   - embedding: The taps of the features that the heads see.
  ///   - connector: r, from the student's features to the teacher's; trained with the student. The
  ///     default is the paper's, a 1×1 convolution with batch normalisation and ReLU.
  ///   - weight: w.
  public static func softmaxRegression(
    by head: any Module,
    of embedding: Embedding,
    through connector: Projector = Projector(.regressor, always: true),
    regression weight: Double = 1
  ) -> Loss {
    let head = Frozen(head)
    connector.place = embedding.place
    return Loss(
      "softmaxRegression",
      [("regression", weight)],
      needs: embedding.needs,
      modules: [connector]
    ) { comparison in
      let (own, other) = try embedding.features(comparison)
      let brought = try connector(own, toward: other, comparison.pass)
      let values = head(brought, comparison.pass)
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

  /// The mean over places, `[batch, channels]`.
  private static func overPlaces(_ map: Tensor) -> Tensor {
    map.rank == 2 ? map : map.flattened(from: 2).mean(along: 2)
  }
}
