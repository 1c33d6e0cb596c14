import Tensors

extension Loss {
  /// Cross entropy on labels: −log f_y, mean over the batch.
  ///
  /// With smoothing ε the target is 1 − ε on the label y plus ε/K on each of the K classes:
  /// −(1−ε) log f_y − (ε/K) Σ_k log f_k (Szegedy et al. 2016). No temperature.
  ///
  /// With weights w each log f_k is multiplied by w_k, and the mean is still over the examples: splitting a
  /// batch changes nothing. PyTorch's `cross_entropy(weight=)` divides by the weights in a batch instead;
  /// the two are the same where these are 1 on average, as with n / (K n_k) over a whole data set.
  ///
  /// - Parameters:
  ///   - labelSmoothing: ε in 0 … 1. The default is 0: the labels are believed.
  ///   - classWeights: Positive, one of each class. The default is 1.
  public static func crossEntropy(
    labelSmoothing: Double = 0,
    classWeights: [Double]? = nil
  ) -> Loss {
    precondition(
      (0...1).contains(labelSmoothing),
      "crossEntropy: labelSmoothing \(labelSmoothing) is not in 0 … 1"
    )
    let loss = Loss(
      "crossEntropy",
      labelSmoothing == 0 ? [] : [("labelSmoothing", labelSmoothing)],
      needs: Needs(labels: true)
    ) { comparison in
      var logs = try comparison.student.logProbabilities()
      if let classWeights {
        guard classWeights.count == logs.shape[1] else {
          throw DistillationError(
            "crossEntropy: \(classWeights.count) weights for \(logs.shape[1]) classes"
          )
        }
        logs = logs * Tensor(classWeights).cast(to: logs.elementType).moved(to: logs.device)
      }
      let onLabels = surprise(logs, at: try comparison.labelledClasses())
      if labelSmoothing == 0 { return onLabels }
      return onLabels * (1 - labelSmoothing) - logs.mean() * labelSmoothing
    }
    let isFused = labelSmoothing == 0 && classWeights == nil
    return (isFused ? loss.fused(as: .labels) : loss).unbiasedOnline()
  }

  /// The same loss, in whose terms on labels classes count by weights: ``crossEntropy(labelSmoothing:classWeights:)``
  /// and, for labels that do not exclude each other,
  /// ``binaryCrossEntropy(temperature:positiveWeights:)``.
  ///
  /// - Parameter weights: Positive, one of each class or label.
  public func weightingClasses(by weights: [Double]) -> Loss {
    Loss(
      terms.flatMap { term -> [Term] in
        func setting(_ name: String, _ usual: Double) -> Double {
          term.settings.first { $0.name == name }?.value ?? usual
        }
        let weighted: Loss
        switch term.name {
        case "crossEntropy":
          weighted = .crossEntropy(
            labelSmoothing: setting("labelSmoothing", 0),
            classWeights: weights
          )
        case "binaryCrossEntropy":
          weighted = .binaryCrossEntropy(
            temperature: setting("temperature", 1),
            positiveWeights: weights
          )
        default: return [term]
        }
        return (term.weight * weighted).terms
      }
    )
  }
}
