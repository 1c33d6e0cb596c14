import Foundation
import Tensors

extension Loss {
  /// What of the virtual teacher is softened, and over what is averaged.
  public enum VirtualTeacherConvention: String, Sendable, CaseIterable {
    /// Its logits, as those of the student; over the batch.
    case paper
    /// Its probabilities u, as softmax(u/T), against an unsoftened student; over batch × classes,
    /// without T² (the authors' code, which multiplies by 1, 10, 50 or more).
    case teacherFree2020
  }

  /// Teacher-free distillation: T² KL(u‖f) from a virtual teacher u that gives the label the
  /// probability a and the other classes the rest in equal parts, both softened by a temperature T,
  /// mean over the batch.
  ///
  /// The other form of the paper, a student that learns from its own earlier self, is
  /// ``kullbackLeibler(temperature:)`` with that self as the teacher. The authors' code computes
  /// something else: ``SoftTargetConvention/teacherFree2020`` and, for this loss,
  /// ``VirtualTeacherConvention/teacherFree2020``.
  ///
  /// Yuan et al., *Revisiting Knowledge Distillation via Label Smoothing Regularization* (2020):
  /// a = 0.99, T = 20, weights 0.1 … 0.95.
  public static func virtualTeacher(
    correct: Double = 0.99,
    temperature: Double = 20,
    as convention: VirtualTeacherConvention = .paper
  ) -> Loss {
    precondition(temperature > 0, "virtualTeacher: temperature \(temperature) is not positive")
    precondition(0 < correct && correct < 1, "virtualTeacher: correct \(correct) is not in 0 … 1")
    let isPaper = convention == .paper
    return Loss(
      "virtualTeacher" + (isPaper ? "" : "AsInTeacherFree2020"),
      [("correct", correct), ("temperature", temperature)],
      needs: Needs(labels: true)
    ) { comparison in
      let own = try comparison.student.logProbabilities(temperature: isPaper ? temperature : 1)
      let classes = Double(own.shape[1])
      // The two numbers that the virtual teacher has, softened.
      let rest = (1 - correct) / (classes - 1)
      let (onLabel, other) = isPaper ? (log(correct), log(rest)) : (correct, rest)
      let top = max(onLabel, other) / temperature
      let odds = (exp(onLabel / temperature - top), exp(other / temperature - top))
      let total = odds.0 + (classes - 1) * odds.1
      let (p, q) = (odds.0 / total, odds.1 / total)
      let entropy = -p * log(p) - (q > 0 ? (classes - 1) * q * log(q) : 0)
      let expected =
        surprise(own, at: try comparison.labelledClasses()) * (p - q)
        - own.sum() * (q / Double(own.shape[0]))
      return (expected - entropy) * (isPaper ? temperature * temperature : 1 / classes)
    }
  }
}
