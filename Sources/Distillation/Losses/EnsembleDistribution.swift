import Foundation
import Tensors

extension Loss {
  /// Ensemble distribution distillation: −1/M Σ_m log Dirichlet(π_m; α), mean over the batch, with
  /// α_k = exp(z_k/T) from the student's logits and π_m the probabilities of each of M members.
  ///
  /// The student learns how much the members disagree, not only their mean: softmax(z/T) is its
  /// predictive distribution, Σ_k α_k its confidence that the members agree. The teacher is an
  /// ``Ensemble``, or a recording of its ``Ensemble/membersTap``. Members' probabilities are softened
  /// by T too and smoothed, (1 − ε)π + ε/K. No T², because the gradient does not shrink: a large T
  /// makes a student of small logits fit members that are flattened, and is lowered to 1 in training.
  ///
  /// Beyond e¹⁰ a concentration grows like z instead of exp(z), and below z/T = −80 it stays: finite
  /// for logits of any size. A density: may be negative. Least where E log π_k = ψ(α_k) − ψ(Σ α).
  ///
  /// Malinin, Mlodozeniec & Gales, *Ensemble Distribution Distillation* (2020): T from 10 to 1,
  /// ε = 1e−4.
  public static func ensembleDistribution(
    temperature: Double = 1,
    smoothing epsilon: Double = 1e-4
  ) -> Loss {
    precondition(
      temperature > 0,
      "ensembleDistribution: temperature \(temperature) is not positive"
    )
    precondition(
      0 <= epsilon && epsilon < 1,
      "ensembleDistribution: smoothing \(epsilon) is not in 0 ..< 1"
    )
    return Loss(
      "ensembleDistribution",
      [("temperature", temperature), ("smoothing", epsilon)],
      needs: Needs(teacher: true, teacherFeatures: [Ensemble.membersTap])
    ) { comparison in
      let student = comparison.student
      guard let members = try comparison.taught().features[Ensemble.membersTap] else {
        throw DistillationError(
          "ensembleDistribution needs what each member of an ensemble gives: use an Ensemble as the "
            + "teacher, or record its feature '\(Ensemble.membersTap)'"
        )
      }
      guard student.meaning == .logits, !student.isBinary else {
        throw DistillationError(
          "ensembleDistribution needs a student with logits of two classes or more, not "
            + "\(student.outputCount) \(student.meaning.words)"
        )
      }
      var targets = members
      if temperature != 1 { targets = (targets / temperature).logSoftmax() }
      if epsilon > 0 {
        let floor = epsilon / Double(student.classCount)
        targets = (targets.exponential * (1 - epsilon) + floor).logarithm
      }
      let concentrations = concentrations(student.values / temperature)
      // Σ_m is linear in log π: their mean says all.
      let mean = targets.mean(along: 1)
      let logDensity =
        concentrations.sum(along: 1).logGamma
        + ((concentrations - 1) * mean - concentrations.logGamma).sum(along: 1)
      return -logDensity.mean()
    }
  }

  /// α = exp(z) up to 10, and on from there as its tangent.
  private static func concentrations(_ logits: Tensor) -> Tensor {
    let bend = 10.0
    return logits.clamped(min: -80, max: bend).exponential * ((logits - bend).relu + 1)
  }
}
