import Tensors

extension Loss {
  /// The divergence of the student from the teacher on the k classes that the teacher finds most
  /// probable and one more for all the rest, softened by a temperature T:
  /// T² [Σ_top t_c log(t_c / f_c) + t_tail log(t_tail / f_tail)], mean over the batch.
  ///
  /// For large vocabularies. Never more than ``kullbackLeibler(temperature:)``, which it becomes with
  /// k = K − 1; the tail keeps probability from leaking to classes that the teacher excludes, which
  /// a sum over the top alone would allow. 0 wherever the student agrees on the top.
  ///
  /// The teacher is observed in full, or as ``Observation/mostProbable(_:temperature:)`` left it, at
  /// this temperature and for this many classes. Values and gradient are computed for some million
  /// numbers at a time by hand: besides the gradient itself, memory does not grow with batch or
  /// vocabulary. Differentiable once.
  ///
  /// - Parameter count: k. The default is 50, some 0.4 kB for each prediction of a language model.
  public static func topKullbackLeibler(count: Int = 50, temperature: Double = 1) -> Loss {
    precondition(count > 0, "topKullbackLeibler: count \(count) must be positive")
    precondition(temperature > 0, "topKullbackLeibler: temperature \(temperature) is not positive")
    return topKullbackLeibler(count, temperature, chunk: 1 << 22)
  }

  /// - Parameter chunk: About how many logits are looked at at once.
  static func topKullbackLeibler(_ count: Int, _ temperature: Double, chunk: Int) -> Loss {
    Loss(
      "topKullbackLeibler",
      [("count", Double(count)), ("temperature", temperature)],
      needs: Needs(teacher: true)
    ) { comparison in
      let (student, teacher) = try (comparison.student, comparison.taught())
      guard count < student.classCount, teacher.classes == nil || teacher.outputCount == count
      else {
        throw DistillationError(
          "topKullbackLeibler of \(count) classes does not fit a student of \(student.classCount) "
            + "and a teacher of \(teacher.outputCount): must be fewer than the student's, and as many "
            + "as the teacher kept"
        )
      }
      let logits =
        student.meaning == .logits && !student.isBinary
        ? student.values : try student.logProbabilities()
      let (examples, classes) = (logits.shape[0], logits.shape[1])
      let rows = max(1, chunk / classes)
      let known = logits.detached
      let scale = 1 / Double(max(examples, 1))
      let (value, gradient) = try withoutGradient {
        let parts = try stride(from: 0, to: examples, by: rows).map { start in
          let range = start..<min(start + rows, examples)
          let seen = Observation(
            teacher.values[range],
            meaning: teacher.meaning,
            classes: teacher.classes?[range]
          )
          let target = try seen.mostProbable(count, temperature: temperature)
          let softened = temperature == 1 ? known[range] : known[range] / temperature
          return TopDivergence(softened, target, slope: temperature * scale)
        }
        return (
          Tensor.stacked(parts.map(\.value)).sum() * (temperature * temperature * scale),
          parts.count == 1 ? parts[0].gradient : .concatenated(parts.map(\.gradient))
        )
      }
      return value.knowing(gradient: gradient, at: logits)
    }
  }
}

/// The divergence of some examples and its gradient with respect to softened logits.
private struct TopDivergence {
  /// Σ over examples.
  let value: Tensor
  /// `slope` times it, `[batch, classes]`.
  let gradient: Tensor

  init(_ logits: Tensor, _ target: Observation, slope: Double) {
    let (classes, count) = (target.classes!, target.outputCount)
    let taught = target.values.cast(to: logits.elementType).exponential
    let hidden = (1 - taught.sum(along: 1, keepingAxes: true)).clamped(min: 0)
    let teaching = Tensor.concatenated([taught, hidden], along: 1)
    // The tail's own logarithm: 1 − Σ would lose a small one in the student's rounding.
    let rest = logits.filled(with: -.infinity, at: classes, along: 1)
    // A student that excludes all the rest gives it nothing.
    let isAlone = rest.maximum(along: 1, keepingAxes: true) .== -.infinity
    let shares = rest.softmax().filled(with: 0, where: isAlone)
    // log Σ exp of the rest is the largest's logit less the logarithm of its share. Everything
    // relative to the largest of all, so that no digits are lost to the size of logits.
    let (top, peak) = (
      logits.gathering(classes, along: 1), rest.maximum(along: 1, keepingAxes: true)
    )
    let largest = top.maximum(along: 1, keepingAxes: true).maximum(peak)
    let restLog =
      (peak - largest - shares.maximum(along: 1, keepingAxes: true).logarithm)
      .filled(with: -.infinity, where: isAlone)
    let logs = Tensor.concatenated([top - largest, restLog], along: 1)
    let powers = logs.exponential
    let total = powers.sum(along: 1, keepingAxes: true)
    let surprise = Loss.weighted(logs - total.logarithm, by: teaching)
    value = (teaching.timesLogarithm(of: teaching) - surprise).sum()
    // Of the top every class gets f_c − t_c, of the rest its share of f_tail − t_tail.
    let excess = (powers / total - teaching) * slope
    gradient = (shares * excess.slicing(count..<count + 1, along: 1))
      .scattering(excess.slicing(0..<count, along: 1), at: classes, along: 1)
  }
}
