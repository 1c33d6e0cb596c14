import Foundation
import Tensors

extension Loss {
  /// Teacher-free distillation: T² KL(u‖f) from a virtual teacher u that gives the label the
  /// probability a and the other classes the rest in equal parts, both softened by a temperature T,
  /// mean over the batch.
  ///
  /// The other form of the paper, a student that learns from its own earlier self, is
  /// ``kullbackLeibler(temperature:)`` with that self as the teacher. The authors' code computes
  /// something else: ``SoftTargetConvention/teacherFree2020`` and, for this loss, softmax(u/T) of the
  /// probabilities u against an unsoftened student, divided by the number of classes.
  ///
  /// Yuan et al., *Revisiting Knowledge Distillation via Label Smoothing Regularization* (2020):
  /// a = 0.99, T = 20, weights 0.1 … 0.95.
  public static func virtualTeacher(correct: Double = 0.99, temperature: Double = 20) -> Loss {
    precondition(temperature > 0, "virtualTeacher: temperature \(temperature) is not positive")
    precondition(0 < correct && correct < 1, "virtualTeacher: correct \(correct) is not in 0 … 1")
    return Loss(
      "virtualTeacher",
      [("correct", correct), ("temperature", temperature)],
      needs: Needs(labels: true)
    ) { comparison in
      let own = try comparison.student.logProbabilities(temperature: temperature)
      let classes = Double(own.shape[1])
      // The two log-probabilities that the virtual teacher has, softened.
      let (onLabel, other) = (log(correct), log((1 - correct) / (classes - 1)))
      let top = max(onLabel, other) / temperature
      let odds = (exp(onLabel / temperature - top), exp(other / temperature - top))
      let total = odds.0 + (classes - 1) * odds.1
      let (p, q) = (odds.0 / total, odds.1 / total)
      let entropy = -p * log(p) - (q > 0 ? (classes - 1) * q * log(q) : 0)
      let expected =
        surprise(own, at: try comparison.labelled()) * (p - q)
        - own.sum() * (q / Double(own.shape[0]))
      return (expected - entropy) * (temperature * temperature)
    }
  }
}
