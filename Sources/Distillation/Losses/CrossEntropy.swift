import Tensors

extension Loss {
  /// Cross entropy on labels: −log f_y, mean over the batch.
  ///
  /// With smoothing ε the target is 1 − ε on the label y plus ε/K on each of the K classes:
  /// −(1−ε) log f_y − (ε/K) Σ_k log f_k (Szegedy et al. 2016). No temperature.
  ///
  /// - Parameter labelSmoothing: ε in 0 … 1. The default is 0: the labels are believed.
  public static func crossEntropy(labelSmoothing: Double = 0) -> Loss {
    precondition(
      (0...1).contains(labelSmoothing),
      "crossEntropy: labelSmoothing \(labelSmoothing) is not in 0 … 1"
    )
    let loss = Loss(
      "crossEntropy",
      labelSmoothing == 0 ? [] : [("labelSmoothing", labelSmoothing)],
      needs: Needs(labels: true)
    ) { comparison in
      let logs = try comparison.student.logProbabilities()
      let onLabels = surprise(logs, at: try comparison.labelledClasses())
      if labelSmoothing == 0 { return onLabels }
      return onLabels * (1 - labelSmoothing) - logs.mean() * labelSmoothing
    }
    return (labelSmoothing == 0 ? loss.fused(as: .labels) : loss).unbiasedOnline()
  }
}
