import Tensors

/// What a classifier says about examples whose classes are known, and how good each saying is.
///
/// ```swift
/// let student = ClassPredictions(logProbabilities: observed, labels: test.labels)
/// print(Estimate(of: student.correctness))     // 0.8812 ± 0.0065
/// print(Estimate(of: student.logProbability))  // -0.334 ± 0.012
/// ```
///
/// Every measure is one number per example (`[examples]`, `float64`), larger is better unless said
/// otherwise, so that two models can be compared example by example.
public struct ClassPredictions {
  /// `[examples, classes]`, `float64`; each row's exponentials sum to 1.
  public let logProbabilities: Tensor
  /// `[examples]`, `int64`, from 0.
  public let labels: Tensor

  /// - Parameters:
  ///   - logProbabilities: `[examples, classes]`, for example logits after `logSoftmax`.
  ///   - labels: `[examples]`, integers from 0 up to the number of classes.
  public init(logProbabilities: Tensor, labels: Tensor) {
    let shape = logProbabilities.shape
    precondition(
      shape.count == 2 && labels.shape == [shape[0]],
      "ClassPredictions: log-probabilities \(shape) and labels \(labels.shape) do not fit"
    )
    let values = logProbabilities.moved(to: .cpu).cast(to: .float64)
    let classes = labels.moved(to: .cpu).cast(to: .int64)
    if shape[0] > 0 {
      precondition(
        classes.minimum().scalar(Int.self) >= 0 && classes.maximum().scalar(Int.self) < shape[1],
        "ClassPredictions: a label is outside 0..<\(shape[1])"
      )
      // Room for bfloat16; logits handed over by mistake miss by far more. NaN passes: it is shown.
      precondition(
        !(values.logSumExp(along: 1).magnitude .> Tensor(0.05)).containsTrue,
        "ClassPredictions: rows of exp(log-probabilities) do not sum to 1; apply logSoftmax"
      )
    }
    self.logProbabilities = values
    self.labels = classes
  }

  /// Of two classes, by the log odds of class 1.
  ///
  /// - Parameters:
  ///   - logits: `[examples]`.
  ///   - labels: `[examples]`, 0 or 1.
  public init(binaryLogits logits: Tensor, labels: Tensor) {
    let logits = logits.cast(to: .float64)
    self.init(
      logProbabilities: Tensor.stacked([(-logits).logSigmoid, logits.logSigmoid], along: 1),
      labels: labels
    )
  }

  public var count: Int { labels.count }

  /// The class held most probable, the first of equals (`[examples]`, `int64`).
  public var choices: Tensor { logProbabilities.indexOfMaximum(along: 1) }

  /// The probability of that class.
  public var confidence: Tensor { logProbabilities.maximum(along: 1).exponential }

  /// 1 where the choice is right, else 0. Its mean is the accuracy.
  public var correctness: Tensor { (choices .== labels).cast(to: .float64) }

  /// The log-probability of the true class, in nats.
  public var logProbability: Tensor {
    logProbabilities.gathering(labels.insertingAxis(1), along: 1).removingAxis(1)
  }

  /// Σₖ (pₖ − [k is true])², from 0 to 2, smaller is better (Brier 1950). With two classes this is
  /// twice (p₁ − y)².
  public var brierScore: Tensor {
    let truth = labels.oneHot(classes: logProbabilities.shape[1], .float64)
    return (logProbabilities.exponential - truth).squared.sum(along: 1)
  }

  /// Σₖ pₖ log pₖ in nats: 0 for a certain prediction, −log(classes) for an even one.
  public var negativeEntropy: Tensor {
    Self.expectation(of: logProbabilities, under: logProbabilities)
  }

  /// 1 where both choose the same class, else 0 (`[examples]`).
  public func agreement(with teacher: ClassPredictions) -> Tensor {
    requireSameExamples(teacher, "agreement")
    return (choices .== teacher.choices).cast(to: .float64)
  }

  /// KL(teacher ‖ self) = Σₖ tₖ (log tₖ − log pₖ) in nats, smaller is better; infinite where a class
  /// the teacher allows is given no probability (`[examples]`).
  public func divergence(from teacher: ClassPredictions) -> Tensor {
    requireSameExamples(teacher, "divergence")
    let difference = teacher.logProbabilities - logProbabilities
    return Self.expectation(of: difference, under: teacher.logProbabilities)
  }

  /// Σₖ exp(weights) · values, where a weight of 0 counts as 0 whatever its value.
  private static func expectation(of values: Tensor, under weights: Tensor) -> Tensor {
    let probabilities = weights.exponential
    return (probabilities * values).filled(with: 0, where: probabilities .== 0).sum(along: 1)
  }

  private func requireSameExamples(_ other: ClassPredictions, _ name: String) {
    precondition(
      logProbabilities.shape == other.logProbabilities.shape,
      "\(name) of predictions \(logProbabilities.shape) and \(other.logProbabilities.shape)"
    )
  }
}
