import Tensors

extension Loss {
  /// Cross entropy of labels that do not exclude each other, each by itself, on the teacher's
  /// probabilities softened by a temperature T: −T² Σ_k [t_k log f_k + (1 − t_k) log(1 − f_k)] with
  /// t, f = σ(z / T), mean over the batch (not over batch × labels).
  ///
  /// The factor T² keeps the size of the gradient (with respect to the logits T(f − t)) as T grows. With
  /// probabilities of 0 and 1 it is the cross entropy on labels themselves. Unbiased at T = 1 when each
  /// example's target is one draw of a random teacher.
  ///
  /// Its gradient is that of the logit distillation of Yang et al., *Multi-Label Knowledge Distillation*
  /// (ICCV 2023), which subtracts the teacher's entropy; `binary_cross_entropy_with_logits` of PyTorch
  /// is 1 / labels of it at T = 1.
  ///
  /// - Parameter positiveWeights: What multiplies t_k log f_k, of each label: labels that are seldom
  ///   there count more with a larger one (PyTorch's `pos_weight`). The default is 1.
  public static func binaryCrossEntropy(
    temperature: Double = 1,
    positiveWeights: [Double]? = nil
  ) -> Loss {
    precondition(temperature > 0, "binaryCrossEntropy: temperature \(temperature) is not positive")
    let loss = Loss(
      "binaryCrossEntropy",
      temperature == 1 ? [] : [("temperature", temperature)],
      needs: Needs(teacher: true)
    ) { comparison in
      let logits = try comparison.student.labelLogits() / temperature
      let target = try comparison.taught().labelProbabilities(temperature: temperature)
      var positive = target * logits.logSigmoid
      if let positiveWeights {
        guard positiveWeights.count == logits.shape[1] else {
          throw DistillationError(
            "binaryCrossEntropy: \(positiveWeights.count) weights for \(logits.shape[1]) labels"
          )
        }
        positive =
          positive
          * Tensor(positiveWeights).cast(to: logits.elementType)
          .moved(to: logits.device)
      }
      let sum = (positive + (1 - target) * (-logits).logSigmoid).sum()
      return sum * (-temperature * temperature / Double(logits.shape[0]))
    }
    return temperature == 1 ? loss.unbiasedOnline() : loss
  }
}
