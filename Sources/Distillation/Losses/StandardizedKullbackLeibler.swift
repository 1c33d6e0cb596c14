import Tensors

extension Loss {
  /// The divergence of the student from the teacher after both logits are standardised and softened
  /// by a temperature T: T² KL(softmax(ẑ_t/T)‖softmax(ẑ_f/T)), mean over the batch.
  ///
  /// ẑ = (z − mean z) / √(var z + ε²) over the classes, var divided by K, ε = 1e−7. What is taught
  /// is the shape of the logits, not their size: any ẑ = a + bz with b > 0 is as good. Two classes
  /// have no shape, and are refused.
  ///
  /// Sun et al., *Logit Standardization in Knowledge Distillation* (2024), with T = 2; weight 9
  /// beside a cross entropy of 0.1. Their code divides the variance by K − 1: theirs is this loss at
  /// T√(K/(K−1)), times (K−1)/K.
  public static func standardizedKullbackLeibler(temperature: Double = 2) -> Loss {
    precondition(
      temperature > 0,
      "standardizedKullbackLeibler: temperature \(temperature) is not positive"
    )
    return Loss(
      "standardizedKullbackLeibler",
      [("temperature", temperature)],
      needs: Needs(teacher: true)
    ) { comparison in
      func softened(_ observation: Observation) throws -> Tensor {
        guard observation.classCount > 2 else {
          throw DistillationError(
            "standardizedKullbackLeibler needs three classes or more: standardised logits of two "
              + "only say which is larger; use kullbackLeibler"
          )
        }
        let z =
          observation.meaning == .logits ? observation.values : try observation.logProbabilities()
        let centred = z - z.mean(along: 1, keepingAxes: true)
        let variance = centred.squared.mean(along: 1, keepingAxes: true)
        return (centred / ((variance + 1e-14).squareRoot * temperature)).logSoftmax()
      }
      let (own, target) = try (softened(comparison.student), softened(comparison.taught()))
      return divergence(of: own, from: target).mean() * (temperature * temperature)
    }
  }
}
