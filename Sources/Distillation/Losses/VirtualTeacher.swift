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
      let classes = own.shape[1]
      let other = log((1 - correct) / Double(classes - 1))
      let target =
        ((try comparison.labelled().oneHot(classes: classes, own.elementType)
        * (log(correct) - other) + other) / temperature).logSoftmax()
      return divergence(of: own, from: target).mean() * (temperature * temperature)
    }
  }
}
