import Distillation
import Tensors

/// What engines know the losses of this room as.
public enum SpeechTerm: TermIdentity {
  case frameCrossEntropy
  case frameSoftCrossEntropy(temperature: Double)
}

/// Losses of networks that give logits of the classes of every frame, `[batch, frames · classes]`.
extension Loss {
  /// Cross entropy on the labels of frames: −log p_y, mean over the frames of a batch whose labels are
  /// known; 0 where none is.
  public static func frameCrossEntropy(_ labels: FrameLabels) -> Loss {
    Loss("frameCrossEntropy", needs: Needs()) { comparison in
      let wanted = try labels.at(comparison.numbered())
      let logs = try frames(comparison.student, classes: labels.classCount).logSoftmax()
      guard Array(logs.shape.prefix(2)) == wanted.shape else {
        throw DistillationError(
          "the student has \(logs.shape[1]) frames and the labels have \(wanted.shape[1]): take "
            + "every second, third, … of the labels where the network has such a stride"
        )
      }
      let found = logs.gathering(wanted.clamped(min: 0).insertingAxis(2), along: 2).removingAxis(2)
      let isKnown = (wanted .>= 0).cast(to: logs.elementType)
      return -(found * isKnown).sum() / isKnown.sum().clamped(min: 1)
    }.identified(as: SpeechTerm.frameCrossEntropy)
  }

  /// Cross entropy on the teacher's probabilities of frames, softened by a temperature T:
  /// −T² Σ_k t_k log f_k with t, f ∝ exp(z/T), mean over frames and batch.
  ///
  /// Beside labels, (1 − ρ) `frameCrossEntropy` + ρ `frameSoftCrossEntropy`, it is the adaptation of
  /// Asami et al., *Domain Adaptation of DNN Acoustic Models Using Knowledge Distillation* (2017); with
  /// T = 1 and the network before its adaptation as the teacher, that of Yu et al., *KL-divergence
  /// Regularized Deep Neural Network Adaptation* (2013).
  public static func frameSoftCrossEntropy(classes: Int, temperature: Double = 1) -> Loss {
    precondition(temperature > 0, "frameSoftCrossEntropy: temperature \(temperature)")
    return Loss(
      "frameSoftCrossEntropy",
      temperature == 1 ? [] : [("temperature", temperature)],
      needs: Needs(teacher: true)
    ) { comparison in
      let own = try frames(comparison.student, classes: classes) / temperature
      let other = try frames(comparison.taught(), classes: classes) / temperature
      let sums = (other.softmax() * own.logSoftmax()).sum(along: 2)
      return sums.mean() * -(temperature * temperature)
    }.identified(as: SpeechTerm.frameSoftCrossEntropy(temperature: temperature))
  }

  /// `[batch, frames, classes]`.
  private static func frames(_ observation: Observation, classes: Int) throws -> Tensor {
    let values = observation.values
    guard values.shape[1] % classes == 0, values.shape[1] > 0 else {
      throw DistillationError(
        "\(values.shape[1]) outputs are no logits of \(classes) classes for whole frames"
      )
    }
    return values.reshaped(to: [values.shape[0], values.shape[1] / classes, classes])
  }
}
