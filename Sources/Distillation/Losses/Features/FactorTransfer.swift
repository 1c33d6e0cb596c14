import Networks
import Tensors

extension Projector.Style {
  /// The translator of factor transfer: three 3×3 convolutions with batch normalisation and leaky
  /// ReLU of slope 0.1 (Kim et al. 2018). Between maps only.
  public static let translator = Self("three 3×3 convolutions with BatchNorm and leaky ReLU") {
    student,
    teacher,
    make in
    guard student.count == 3 else {
      throw DistillationError(
        "the translator of factor transfer works on maps [batch, channels, height, width]: tap a "
          + "convolution, or use the perceptron style for vectors"
      )
    }
    return Paraphraser.encoding(
      student[0],
      inner: student[0],
      teacher[0],
      true,
      make.elementType,
      make.generator
    )
  }
}

extension Loss {
  /// What of the factors is compared.
  public enum FactorComparison: String, Sendable, CaseIterable {
    /// All factors at all places (the paper, torchdistill).
    case factors
    /// Only where factors are large: the mean of their squares over the channels (RepDistiller).
    case repDistiller
  }

  /// FT: mean over the elements of |a_s/‖a_s‖ − a_t/‖a_t‖|, mean over the batch, where the teacher's
  /// factors a_t are those of a paraphraser that learnt before, and the student's a_s those of a
  /// translator that is trained with it.
  ///
  /// Blind to the size of either's factors.
  ///
  /// Kim, Park & Kwak, *Paraphrasing Complex Network* (2018), with p = 1 and weight 500 beside a cross
  /// entropy of 1; 200 with ``FactorComparison/repDistiller``.
  ///
  /// - Parameters:
  ///   - embedding: The taps of maps `[batch, channels, height, width]`.
  ///   - paraphraser: Learnt by ``Paraphraser/learn(_:at:on:using:progress:)``; stays as it is. The
  ///     default is one for each student, which learns from the teacher before the first step.
  ///   - translator: From the student's map to the factors.
  ///   - compared: What is compared.
  ///   - rate: Factors for each channel of a paraphraser that is not given.
  ///   - steps: For how many batches of 100 such a one learns, with Adam as its paper has it.
  public static func factorTransfer(
    of embedding: Embedding,
    _ paraphraser: Paraphraser? = nil,
    through translator: Projector = Projector(.translator, always: true),
    as compared: FactorComparison = .factors,
    rate: Double = 0.5,
    steps: Int = 1_000
  ) -> Loss {
    let name = compared == .factors ? "factorTransfer" : "factorTransferAsInRepDistiller"
    func compare(_ factors: Tensor) -> Tensor {
      let scaled = inUnitsOfLargest(factors.flattened(from: 1))
      guard compared == .repDistiller else { return unitRows(scaled) }
      return unitRows(
        scaled.reshaped(to: factors.shape).squared.mean(along: 1).flattened(from: 1)
      )
    }
    return .binding(
      name,
      paraphraser == nil ? [("rate", rate), ("steps", Double(steps))] : [],
      needs: embedding.needs
    ) { binding in
      let paraphrasing =
        try paraphraser ?? binding.paraphraser(of: embedding, rate: rate, steps: steps, for: name)
      let encoder = paraphrasing.encoder
      let translating = try binding.connector(translator, between: embedding.place) { comparison in
        let (student, teacher) = try embedding.maps(comparison, for: name)
        return (student, Array(encoder(teacher).shape.dropFirst()))
      }
      let modules: [any Module] = [translating, Frozen(paraphrasing)]
      return BoundTerm(paraphraser == nil ? [Parts(modules)] : modules) { comparison in
        let (student, teacher) = try embedding.maps(comparison, for: name)
        let theirs = withoutGradient { encoder(teacher) }
        let mine = try translating(student, toward: theirs, comparison.pass)
        return (compare(mine) - compare(theirs)).magnitude.mean()
      }
    }
  }
}

extension Binding {
  /// A paraphraser that learns from the teacher, for `steps` batches of 100.
  fileprivate func paraphraser(
    of embedding: Loss.Embedding,
    rate: Double,
    steps: Int,
    for name: String
  ) throws -> Paraphraser {
    let map = try embedding.maps(comparison(), for: name).teacher
    let (channels, tap) = (map.shape[1], embedding.teacherTap!)
    let factors = Int(Double(channels) * rate)
    guard factors > 0 else {
      throw DistillationError(
        "\(name): a rate of \(numberText(rate)) leaves no factors of the \(channels) channels at "
          + "the teacher's tap '\(tap)': raise it"
      )
    }
    let paraphraser = Paraphraser(
      channels: channels,
      rate: rate,
      map.elementType,
      using: try generator()
    )
    if isLearning {
      let batches = try examples(for: name).batches(
        of: 100,
        epochs: nil,
        shuffled: seed,
        mergingOne: true
      )
      try paraphraser.learn(
        askedTeacher(for: name),
        at: tap,
        on: batches.limited(to: steps),
        progress: progress
      )
    }
    note(
      "let a paraphraser (\(channels) channels in \(factors) factors, "
        + "\(paraphraser.parameterCount) parameters) learn the teacher's tap '\(tap)' for "
        + "\(steps) steps before the student is trained; it stays as it is then"
    )
    return paraphraser
  }
}
