import Tensors

extension Loss {
  /// ½ Σ_k (z_k − z_tk)² on logits, mean over the batch.
  ///
  /// For logits of mean zero, 1/K of it is the limit of ``kullbackLeibler(temperature:)`` as T
  /// grows (Hinton et al. 2015). Unlike other losses it also asks for the constant by which
  /// logits of equal probabilities may differ. A single logit is compared with the logit
  /// log p₁ − log p₀ of any teacher of two classes. Biased for one-draw targets.
  ///
  /// Ba & Caruana, *Do Deep Nets Really Need to be Deep?* (2014), alone.
  public static var squaredErrorOnLogits: Loss {
    halfSquaredError("squaredErrorOnLogits") { observation, isBinary in
      isBinary ? try observation.binaryLogit() : try observation.squaredErrorLogits()
    }.fused(as: .squaredErrorOnLogits)
  }

  /// ½ Σ_k (f_k − t_k)² on probabilities, mean over the batch; both classes of a single logit count.
  ///
  /// Half the Brier score against the teacher. Unbiased for one-draw targets.
  public static var squaredErrorOnProbabilities: Loss {
    halfSquaredError("squaredErrorOnProbabilities") { observation, _ in
      try observation.probabilities()
    }.unbiasedOnline()
  }

  /// ½ Σ_k (log f_k − log t_k)² on log-probabilities, mean over the batch; both classes of a single
  /// logit count. Biased for one-draw targets.
  public static var squaredErrorOnLogProbabilities: Loss {
    halfSquaredError("squaredErrorOnLogProbabilities") { observation, _ in
      try observation.logProbabilities()
    }
  }

  /// ½ Σ_k (f_k − t_k)² on the values themselves, mean over the batch: for real numbers (where it is
  /// unbiased for one-draw targets) and log-densities (where it is not).
  public static var squaredError: Loss {
    halfSquaredError("squaredError") { observation, _ in
      try observation.squaredErrorReals()
    }.fused(as: .squaredError).unbiasedOnline()
  }

  /// ½ Σ_k of squared differences of a quantity, mean over the batch.
  private static func halfSquaredError(
    _ name: String,
    of quantity: @escaping (Observation, _ studentIsBinary: Bool) throws -> Tensor
  ) -> Loss {
    Loss(name, needs: Needs(teacher: true)) { comparison in
      let isBinary = comparison.student.isBinary
      let own = try quantity(comparison.student, isBinary)
      let target = try quantity(comparison.taught(), isBinary)
      return sumOfSquares(own, target) * (0.5 / Double(own.shape[0]))
    }
  }
}

extension Observation {
  /// The values that ``Loss/squaredErrorOnLogits`` compares, of two classes and more.
  func squaredErrorLogits() throws -> Tensor {
    guard meaning == .logits else {
      throw DistillationError(
        "squaredErrorOnLogits compares logits, not \(meaning.words): use "
          + "squaredErrorOnLogProbabilities, or observe both as logits"
      )
    }
    guard !isBinary else {
      throw DistillationError(
        "squaredErrorOnLogits compares logit with logit, and a single one stands for two classes: "
          + "give student and teacher as many outputs, or use squaredErrorOnProbabilities"
      )
    }
    return values
  }

  /// The values that ``Loss/squaredError`` compares.
  func squaredErrorReals() throws -> Tensor {
    guard !meaning.isOverClasses else {
      throw DistillationError(
        "squaredError compares real numbers, not \(meaning.words): say which by "
          + "squaredErrorOnLogits, squaredErrorOnProbabilities or squaredErrorOnLogProbabilities"
      )
    }
    return values
  }
}
