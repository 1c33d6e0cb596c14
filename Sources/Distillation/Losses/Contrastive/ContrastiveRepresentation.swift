import Foundation
import Networks
import Tensors

extension Loss {
  /// CRD: tells the teacher's embedding of the same example from its embeddings of others, by
  /// noise-contrastive estimation: with s = v·m/τ and h = e^s / (e^s + K Z / n),
  /// −log h(v, m_own) − Σ_K log (1 − h(v, m_other)), mean over the batch; v the student's embedding
  /// beside the teacher's bank, plus the same of the teacher's beside the student's bank.
  ///
  /// n is the number of examples, Z/n the mean of e^s over the first batch, kept from then on. K
  /// negatives are drawn for each example. Banks and Z change in training steps only. In evaluation
  /// negatives come from a fixed seed. The gradient is first-order: it cannot be differentiated again.
  ///
  /// Beside the banks a step takes 3 × batch × n numbers while n ≤ 16 K, and otherwise one negative's
  /// row after another in chunks of 32 MB. Batches must know their examples' numbers, as those of
  /// ``Examples`` do. Well-known code adds 1e−7 to the divisor of h.
  ///
  /// Tian, Krishnan & Isola, *Contrastive Representation Distillation* (2020), with weight 0.8 beside
  /// a cross entropy of 1, on the last features before the classifier.
  ///
  /// Each student gets a memory of all its examples, whose negatives are of other classes where
  /// examples have labels.
  ///
  /// - Parameters: Those of ``ContrastiveMemory``.
  public static func contrastiveRepresentation(
    of embedding: Embedding = .values,
    negatives: Int = 16_384,
    temperature: Double = 0.07,
    momentum: Double = 0.5,
    width: Int = 128
  ) -> Loss {
    .binding(
      "contrastiveRepresentation",
      [
        ("negatives", Double(negatives)), ("temperature", temperature), ("momentum", momentum),
        ("width", Double(width)),
      ],
      needs: embedding.needs
    ) { binding in
      let examples = try binding.examples(for: "contrastiveRepresentation")
      let (student, teacher) = try embedding.of(binding.comparison())
      guard examples.count > 1 else {
        throw DistillationError("contrastiveRepresentation needs at least two examples")
      }
      let labels = examples.labels
      let isOneClass = labels.map { $0.minimum().doubleValue == $0.maximum().doubleValue }
      let memory = ContrastiveMemory(
        student: student.shape[1],
        teacher: teacher.shape[1],
        examples: examples.count,
        labels: isOneClass == false ? labels : nil,
        width: width,
        negatives: negatives,
        temperature: temperature,
        momentum: momentum,
        student.elementType,
        using: try binding.generator()
      )
      let bank = memory.studentBank.value
      binding.note(
        "embed \(student.shape[1]) numbers of the student and \(teacher.shape[1]) of the teacher in "
          + "\(width) (\(memory.parameterCount) parameters, trained with the student) and "
          + "remember \(examples.count) examples "
          + "(\(max(1, bank.count * 2 * bank.elementType.byteCount >> 20)) MB)"
      )
      return BoundTerm([Parts([memory])]) { try memory.value(of: $0, at: embedding) }
    }
  }

  /// The same with a memory of one's own, which goes on from student to student.
  public static func contrastiveRepresentation(
    _ memory: ContrastiveMemory,
    of embedding: Embedding = .values
  ) -> Loss {
    .binding(
      "contrastiveRepresentation",
      [
        ("negatives", Double(memory.negatives)), ("temperature", memory.temperature),
        ("momentum", memory.momentum), ("width", Double(memory.student.weight.shape[0])),
      ],
      needs: embedding.needs
    ) { _ in BoundTerm([memory]) { try memory.value(of: $0, at: embedding) } }
  }
}

extension ContrastiveMemory {
  /// The loss; a step of training is remembered.
  fileprivate func value(of comparison: Comparison, at embedding: Loss.Embedding) throws -> Tensor {
    let (student, teacher) = try embedding.of(comparison)
    let examples = try checked(comparison.numbered(), student, teacher)
    let own = Loss.unitRows(self.student(student, comparison.pass))
    let other = Loss.unitRows(self.teacher(teacher, comparison.pass))
    let generator = comparison.pass.generator ?? RandomGenerator(seed: 0)
    let drawn = others.draw(negatives, for: examples, using: generator)
    let places = Tensor.concatenated([examples.insertingAxis(1).moved(to: .cpu), drawn], along: 1)
      .moved(to: own.device)
    let value = contrast(own, other, at: places, isTraining: comparison.pass.isTraining)
    if comparison.pass.isTraining { remember((own, other), of: examples) }
    return value
  }

  /// Checks that examples and what was seen of them fit the banks and heads.
  fileprivate func checked(_ examples: Tensor, _ student: Tensor, _ teacher: Tensor) throws
    -> Tensor
  {
    let heads = [("student", self.student, student), ("teacher", self.teacher, teacher)]
    for (who, head, seen) in heads where head.weight.shape[1] != seen.shape[1] {
      throw DistillationError(
        "contrastiveRepresentation embeds \(head.weight.shape[1]) numbers of the \(who), which "
          + "shows \(seen.shape[1]): make the ContrastiveMemory with \(who): \(seen.shape[1])"
      )
    }
    let largest = Int(examples.maximum().doubleValue)
    guard largest < others.count else {
      throw DistillationError(
        "contrastiveRepresentation remembers \(others.count) examples, but the batch has number "
          + "\(largest): make the ContrastiveMemory with as many examples as the data set has"
      )
    }
    return examples.cast(to: .int64).moved(to: studentBank.value.device)
  }

  /// The loss of the embeddings of student and teacher, each beside the other's bank.
  ///
  /// - Parameter places: The number of each example and of its negatives, `[batch, 1 + negatives]`.
  func contrast(_ own: Tensor, _ other: Tensor, at places: Tensor, isTraining: Bool) -> Tensor {
    let (first, second) = withoutGradient {
      let kept = normalizers.value
      let parts = (
        NoiseContrast(own, teacherBank.value, places, temperature, kept[0].doubleValue),
        NoiseContrast(other, studentBank.value, places, temperature, kept[1].doubleValue)
      )
      if isTraining && kept[0].doubleValue == 0 {
        normalizers.replace(
          with: Tensor([parts.0.normalizer, parts.1.normalizer]).moved(to: kept.device)
        )
      }
      return parts
    }
    return first.tensor(at: own) + second.tensor(at: other)
  }
}
