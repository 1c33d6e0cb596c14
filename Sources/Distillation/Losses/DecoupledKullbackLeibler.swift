import Tensors

extension Loss {
  /// Decoupled knowledge distillation, softened by a temperature T:
  /// T² [α KL(b_t‖b_f) + β KL(t̂‖f̂)], mean over the batch.
  ///
  /// b = (p_y, 1 − p_y) says how sure a model is of the label y, p̂ = p_k / (1 − p_y) for k ≠ y how
  /// it tells the other classes apart. KL(t‖f) is the same sum with α = 1 and β = 1 − t_y, so β
  /// frees what the teacher knows of the other classes from how sure it is. Of two classes there is
  /// one other: p̂ = 1, and α T² KL(t‖f) remains. The label is that of the data, not the teacher's
  /// choice. All in logarithms: finite however sure a model is, right or wrong.
  ///
  /// Zhao et al., *Decoupled Knowledge Distillation* (2022), whose defaults for CIFAR-100 these are:
  /// α = 1, β = 8 (2 and 6 for some pairs), T = 4, beside a cross entropy of weight 1.
  public static func decoupledKullbackLeibler(
    target alpha: Double = 1,
    others beta: Double = 8,
    temperature: Double = 4
  ) -> Loss {
    precondition(
      temperature > 0,
      "decoupledKullbackLeibler: temperature \(temperature) is not positive"
    )
    return Loss(
      "decoupledKullbackLeibler",
      [("target", alpha), ("others", beta), ("temperature", temperature)],
      needs: Needs(labels: true, teacher: true)
    ) { comparison in
      let labels = try comparison.labelledClasses().insertingAxis(1)
      let own = try Decoupled(comparison.student.logProbabilities(temperature: temperature), labels)
      let target = try Decoupled(
        comparison.taught().logProbabilities(temperature: temperature),
        labels
      )
      let sum =
        divergence(of: own.target, from: target.target) * alpha
        + divergence(of: own.others, from: target.others) * beta
      return sum.mean() * (temperature * temperature)
    }
  }
}

/// Log-probabilities in two parts.
private struct Decoupled {
  /// log (p_y, 1 − p_y), `[batch, 2]`.
  let target: Tensor
  /// log p_k / (1 − p_y) of the others, `[batch, classes − 1]`; −∞ where all of them are excluded.
  let others: Tensor

  init(_ logProbabilities: Tensor, _ labels: Tensor) {
    // The classes 0 …, the label left out.
    let places = Tensor.range(0..<logProbabilities.shape[1] - 1, on: labels.device)
    let rest = logProbabilities.gathering(
      places + (places .>= labels).cast(to: .int64),
      along: 1
    )
    target = .concatenated(
      [
        logProbabilities.gathering(labels, along: 1),
        rest.logSumExp(along: 1, keepingAxes: true),
      ],
      along: 1
    )
    let isAlone = rest.maximum(along: 1, keepingAxes: true) .== -.infinity
    others = rest.logSoftmax().filled(with: -.infinity, where: isAlone)
  }
}
