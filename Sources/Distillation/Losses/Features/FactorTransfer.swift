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
  ///   - paraphraser: Learnt by ``Paraphraser/learn(_:at:on:using:progress:)``; stays as it is.
  ///   - translator: From the student's map to the factors.
  ///   - comparison: What is compared.
  public static func factorTransfer(
    of embedding: Embedding,
    _ paraphraser: Paraphraser,
    through translator: Projector = Projector(.translator, always: true),
    as compared: FactorComparison = .factors
  ) -> Loss {
    translator.place = embedding.place
    let name = compared == .factors ? "factorTransfer" : "factorTransferAsInRepDistiller"
    let encoder = paraphraser.encoder
    return Loss(
      name,
      needs: embedding.needs,
      modules: [translator, Frozen(paraphraser)]
    ) { comparison in
      let (student, teacher) = try embedding.maps(comparison, for: name)
      let theirs = withoutGradient { encoder(teacher) }
      let mine = try translator(student, toward: theirs, comparison.pass)
      func compare(_ factors: Tensor) -> Tensor {
        let scaled = inUnitsOfLargest(factors.flattened(from: 1))
        guard compared == .repDistiller else { return unitRows(scaled) }
        return unitRows(
          scaled.reshaped(to: factors.shape).squared.mean(along: 1).flattened(from: 1)
        )
      }
      return (compare(mine) - compare(theirs)).magnitude.mean()
    }
  }
}
