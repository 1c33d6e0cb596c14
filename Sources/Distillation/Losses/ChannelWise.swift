import Networks
import Tensors

extension Loss {
  /// CWD, for dense prediction: where in the image each channel looks, compared by
  /// T²/C Σ_c KL(φ(t_c)‖φ(s_c)), φ the softmax of a channel over its places divided by T, mean over
  /// the batch; C channels.
  ///
  /// Blind to a constant added to a channel. The maps may be features or the logits of a
  /// segmentation. Finite for values of any size.
  ///
  /// Shu et al., *Channel-wise Knowledge Distillation for Dense Prediction* (2021): T = 4, weight 50
  /// for features and 3 for logits.
  ///
  /// - Parameters:
  ///   - embedding: The taps of the maps, `[batch, channels, height, width]`.
  ///   - projector: Brings the student's map to the teacher's shape where these differ; trained with
  ///     the student. The default is a 1×1 convolution.
  public static func channelWise(
    of embedding: Embedding,
    through projector: Projector = Projector(),
    temperature: Double = 4
  ) -> Loss {
    precondition(temperature > 0, "channelWise: temperature \(temperature) is not positive")
    return projected(
      "channelWise",
      embedding,
      projector,
      [("temperature", temperature)]
    ) { own, other in
      guard own.rank > 2 else {
        throw DistillationError(
          "channelWise compares places, but \(embedding.place) were brought to shape \(own.shape): "
            + "tap maps [batch, channels, height, width]"
        )
      }
      func looks(_ map: Tensor) -> Tensor {
        (map.flattened(from: 2).flattened(from: 0, through: 1) / temperature).logSoftmax()
      }
      return divergence(of: looks(own), from: looks(other)).mean() * (temperature * temperature)
    }
  }
}
