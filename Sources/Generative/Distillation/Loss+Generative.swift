import Distillation
import Tensors

/// Losses of students that give log q(x), on samples x of the teacher.
extension Loss {
  /// −log q(x), mean over the batch: KL(p‖q) plus the teacher's entropy.
  public static var negativeLogLikelihood: Loss {
    Loss("negativeLogLikelihood", needs: Needs()) { comparison in
      try -comparison.student.logDensities().mean()
    }.identified(as: DensityTerm.likelihood)
  }

  /// ½(log q(x) − log p̃(x) + c)², mean over the batch.
  ///
  /// With D = log q − log p its expectation under p is ½E[D²] + (log Z − c)·KL(p‖q) + constant:
  /// c = log Z is the pure square error, a smaller c adds KL, and a larger one *subtracts* it, which
  /// is harmful. The teacher's highest log p̃ is a safe choice: see ``RBM/mode(starts:burnIn:seed:)``.
  ///
  /// Papamakarios & Murray, *Distilling Intractable Generative Models* (2015).
  public static func squaredLogDensityError(constant c: Double) -> Loss {
    Loss("squaredLogDensityError", [("constant", c)], needs: Needs(teacher: true)) { comparison in
      let difference =
        try comparison.student.logDensities() - comparison.taught().logDensities() + c
      return difference.squared.mean() * 0.5
    }.identified(as: DensityTerm.squared(constant: c))
  }

  /// The same with c found on the way: the running mean of log p̃ − log q, which minimises it.
  ///
  /// c settles at log Z + KL(p‖q), above log Z, so that a little KL is subtracted: add
  /// ``negativeLogLikelihood``. Each student gets a constant of its own.
  public static var squaredLogDensityErrorWithLearntConstant: Loss {
    .binding("squaredLogDensityErrorWithLearntConstant", needs: Needs(teacher: true)) { _ in
      .learningConstant()
    }.identified(as: DensityTerm.squared(constant: nil))
  }

  /// −Σ_i t_i log y_i + (1 − t_i) log(1 − y_i) with y the student's conditionals at x and t those of
  /// a teacher whose hidden causes of x are known, mean over the batch.
  ///
  /// Its expected gradient is that of ``negativeLogLikelihood``, with less variance. `distill` into a
  /// ``DeepNADE`` takes the sum over the inputs that its step does not observe. Needs the student's
  /// tap `logits` and the teacher's feature `conditionals`, which
  /// ``ChainModel/gibbsSamples(chains:batchSize:steps:burnIn:thinning:softTargets:keepsSamples:seed:)`` brings.
  public static var conditionalCrossEntropy: Loss {
    // Only a deep NADE has the tap `weights`.
    let needs = Needs(
      teacher: true,
      studentFeatures: ["logits", "weights"],
      teacherFeatures: ["conditionals"]
    )
    return .binding(
      "conditionalCrossEntropy",
      taps: [("of", "logits → conditionals")],
      needs: needs
    ) { .conditionals($0.student) }
    .identified(as: DensityTerm.conditional)
  }

  /// KL(q‖p) up to log Z, on `samples` of the student's own at each step, by the score-function
  /// gradient E_q[(log q − log p̃ − b)∇log q] with b a running mean (Williams 1992).
  ///
  /// Seeks modes and has high variance: mix it with others.
  public static func reverseKullbackLeibler(samples: Int) -> Loss {
    .binding(
      "reverseKullbackLeibler",
      [("samples", Double(samples))],
      needs: Needs(teacher: true)
    ) { binding in
      guard let student = binding.student as? any NormalizedModel,
        let teacher = binding.teacher as? any UnnormalizedModel
      else {
        throw DistillationError(
          "reverseKullbackLeibler(samples:) asks a teacher for log p̃ of a student's own samples: "
            + "distil an unnormalised model into a normalised one"
        )
      }
      return .reverse(samples, student, teacher, seed: binding.seed)
    }.identified(as: DensityTerm.reverse(samples: samples))
  }
}

extension Comparison {
  /// What batches of Gibbs samples bring along.
  func conditionals() throws -> Tensor {
    guard let targets = try taught().features["conditionals"] else { throw noConditionals }
    return targets
  }
}

let noConditionals = DistillationError(
  "conditionalCrossEntropy needs batches that bring conditionals along: give gibbsSamples "
    + "softTargets of at least 1"
)

extension Observation {
  /// The values, checked to be one log-density for each example.
  fileprivate func logDensities() throws -> Tensor {
    guard meaning == .logDensities, outputCount == 1 else {
      throw DistillationError(
        "this loss compares log-densities, one for each example, not \(outputCount) "
          + "\(meaning.rawValue): observe both as log-densities"
      )
    }
    return values
  }
}
