import Tensors

extension Observation {
  /// What is known when only the most probable classes are kept: their log-probabilities, softened
  /// by a temperature, with their numbers in ``classes``, `[batch, count]`, most probable first.
  ///
  /// What a large vocabulary's teacher is recorded as, for ``Loss/topKullbackLeibler(count:temperature:)``;
  /// derivatives and features are dropped. From a program that gives the best tokens only:
  ///
  /// ```swift
  /// let seen = Observation(logProbabilities, meaning: .logProbabilities, classes: tokens)
  /// ```
  ///
  /// An observation whose classes were picked before is returned as it is.
  ///
  /// - Throws: ``DistillationError`` when the values are not over more than `count` classes.
  public func mostProbable(_ count: Int, temperature: Double = 1) throws -> Observation {
    if classes != nil { return self }
    guard meaning.isOverClasses, count > 0, count < classCount else {
      throw DistillationError(
        "the \(count) most probable classes cannot be had from \(classCount) \(meaning.words): "
          + "must be fewer, and a distribution over classes"
      )
    }
    let (values, indices) = try logProbabilities(temperature: temperature).largest(count, along: 1)
    return Observation(values, meaning: .logProbabilities, classes: indices)
  }
}
