import Distillation
import Foundation
import Tensors

extension Loss {
  /// The divergence of whole sequences from the teacher, KL(f‖t) for each position, on sequences that
  /// the student drew: its gradient counts that a token changes what comes after it.
  ///
  /// With KL_i the divergence at position i given what is before it, KL(f‖t) of a sequence is the
  /// expectation of Σ_i KL_i over the student's sequences, and its gradient that of
  ///
  ///     Σ_i ∇KL_i + Σ_i ∇log f(y_i) · Σ_{j>i} γ^(j−i−1) KL_j
  ///
  /// without discount (γ = 1). `reverseKullbackLeibler` on the same sequences is the
  /// first sum alone: exact at the prefixes that were drawn, but no gradient of the sequences'
  /// divergence, since nothing goes through the draws. Here the second sum is added (Gu et al., *MiniLLM*,
  /// 2024, whose decomposition this is, without their clipping, mixing and length normalisation), less
  /// the mean over the other sequences of the batch, which leaves the expectation as it is. Unbiased,
  /// divided by the length, where every label but those given was drawn by the student as it is, and
  /// γ = 1; wrong on a text.
  ///
  /// - Parameters:
  ///   - length: Positions of a sequence.
  ///   - given: Labels at the beginning of each that were not drawn: the prompt's tokens less one.
  ///   - discount: γ, from 0, which leaves the next position alone, to 1.
  public static func sequenceReverseKullbackLeibler(
    length: Int,
    given: Int = 0,
    discount: Double = 1
  ) -> Loss {
    precondition(length > 0 && (0...length).contains(given) && (0...1).contains(discount))
    // γ^(j − i − 1) of later positions j in rows, earlier ones i in columns.
    let weights = (0..<length).flatMap { later in
      (0..<length).map { earlier -> Double in
        guard (given..<max(given, later)).contains(earlier) else { return 0 }
        return pow(discount, Double(later - earlier - 1))
      }
    }
    return Loss(
      "sequenceReverseKullbackLeibler",
      [("length", Double(length)), ("given", Double(given)), ("discount", discount)],
      needs: Needs(labels: true, teacher: true)
    ) { comparison in
      let own = try comparison.student.logProbabilities().clamped(min: -1e30)
      let target = try comparison.taught().logProbabilities().clamped(min: -1e30)
      guard own.shape[0] % length == 0 else {
        throw DistillationError(
          "\(own.shape[0]) positions are no sequences of \(length): give whole windows"
        )
      }
      let divergences = (own.exponential * (own - target)).sum(along: 1)
      let table = Tensor(weights, shape: [length, length]).cast(to: own.elementType)
        .moved(to: own.device)
      var future = divergences.detached.reshaped(to: [-1, length]).matmul(table)
      let sequences = future.shape[0]
      if sequences > 1 {
        let share = Double(sequences) / Double(sequences - 1)
        future = (future - future.mean(along: 0, keepingAxes: true)) * share
      }
      let labels = try comparison.labelledClasses().insertingAxis(1)
      let drawn = own.gathering(labels, along: 1).reshaped(to: [-1, length])
      let score = (drawn * future).sum() * (1 / Double(own.shape[0]))
      // The value is the divergence; only the gradient has the rest.
      return divergences.mean() + score - score.detached
    }
  }

  /// The divergence of what the student says about the next byte from what the teacher says,
  /// KL(t‖f), mean over the batch, where the student's tokens are of several bytes and the teacher's
  /// single ones.
  ///
  /// A byte's probability is the sum over the student's tokens that begin with it. Says which bytes, as
  /// `sortedProbabilities` does not, and nothing about the later bytes of a token.
  ///
  /// - Parameters:
  ///   - tokens: The student's.
  ///   - bytes: The teacher's, the first of its classes; see
  ///     ``SequenceWindows/recorded(_:of:aligningTo:progress:)``.
  public static func firstByteKullbackLeibler(
    _ tokens: ByteVocabulary,
    _ bytes: ByteVocabulary
  ) -> Loss {
    let firsts = tokens.tokens.map { token in bytes.tokens.firstIndex(of: [token[0]]) ?? -1 }
    let count = bytes.count
    return Loss("firstByteKullbackLeibler", needs: Needs(teacher: true)) { comparison in
      let own = try comparison.student.probabilities()
      guard own.shape[1] == firsts.count, !firsts.contains(-1) else {
        throw DistillationError(
          "the student has \(own.shape[1]) classes and its vocabulary \(firsts.count) tokens, each of "
            + "which must begin with a byte of the teacher's"
        )
      }
      let groups = Tensor(firsts, on: own.device).oneHot(classes: count, own.elementType)
      let logs = own.matmul(groups).clamped(min: Double(Float.leastNormalMagnitude)).logarithm
      let target = try comparison.taught().logProbabilities().slicing(0..<count, along: 1)
      return (target.exponential * (target - logs)).sum() * (1 / Double(own.shape[0]))
    }
  }
}
