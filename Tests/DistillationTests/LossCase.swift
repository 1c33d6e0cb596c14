import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

/// A member of the catalogue of losses, by a name that tests can be run for.
struct LossCase: Sendable, CustomTestStringConvertible {
  let isBinary: Bool
  /// What does not hold for it.
  var exceptions: Exceptions = []
  let make: @Sendable () -> Loss

  var loss: Loss { make() }
  var testDescription: String { (isBinary ? "single logit: " : "") + loss.description }
  var fixture: Fixture.Case { isBinary ? Fixture.shared.binary : Fixture.shared.classes }
  var comparesDerivatives: Bool { loss.needs.derivatives || loss.needs.projections > 0 }
  var meaning: Observation.Meaning {
    switch loss.terms[0].name {
    case "squaredError", "embeddingCosine": .reals
    case "binaryCrossEntropy": .labelLogits
    default: .logits
    }
  }

  /// The teacher that a network makes: of itself, or the first of an ensemble.
  func teacher(_ network: any Module) -> any Teacher {
    guard exceptions.contains(.learnsMembers) else {
      return ModuleTeacher(network, observedAs: meaning)
    }
    let others = fixture.memberNetworks.dropFirst()
    for other in others { other.move(network.parameters[0].value.elementType) }
    return Ensemble([network] + others.map { $0 as any Module })
  }

  /// The loss of a student beside a teacher at a batch.
  func value(
    _ student: any Module,
    _ teacher: any Teacher,
    _ batch: Batch,
    _ directions: Tensor
  ) throws -> Tensor {
    let v = loss.needs.projections > 0 ? directions : nil
    let target =
      loss.needs.teacher ? try teacher.observe(batch, loss.needs.teacherRequest(v)) : nil
    let seen = student.observe(batch.inputs, loss.needs.studentRequest(v), as: meaning)
    let comparison = Comparison(
      seen,
      target,
      labels: batch.labels,
      inputs: batch.inputs,
      directions: v
    )
    try comparison.check()
    return try loss(comparison)
  }

  /// The loss and its gradient with respect to the student's parameters, in one row.
  func gradient(
    _ student: any Module,
    _ teacher: any Teacher,
    _ batch: Batch,
    _ directions: Tensor
  ) throws -> (value: Double, gradient: Tensor) {
    let (value, gradients) = try valueWithGradients(of: student.parameters) {
      try self.value(student, teacher, batch, directions)
    }
    return (value.doubleValue, .concatenated(gradients.map { $0.flattened() }))
  }
}

/// What does not hold for a loss, by its definition.
struct Exceptions: OptionSet, Sendable {
  let rawValue: Int

  /// Relates the examples of a batch to each other: a batch cannot be split.
  static let relatesExamples = Exceptions(rawValue: 1)
  /// Holds a part constant that depends on the student: its gradient is not that of its value.
  static let holdsConstants = Exceptions(rawValue: 2)
  /// Not for a single logit.
  static let needsClasses = Exceptions(rawValue: 4)
  /// Learns the distribution of an ensemble's members, which no member is.
  static let learnsMembers = Exceptions(rawValue: 8)
  /// One output plays another part than the others.
  static let ordersOutputs = Exceptions(rawValue: 16)
  /// The order of the batch counts.
  static let ordersExamples = Exceptions(rawValue: 32)
  /// Adds 1e−7 inside logarithms: what is left of its gradient at the teacher is of that size.
  static let addsSmallNumbers = Exceptions(rawValue: 64)
}

extension LossCase {
  /// Every loss there is, for several classes and for a single logit.
  static let catalogue: [LossCase] = [false, true].flatMap { isBinary in
    (formulas + conventions).filter { !isBinary || !$0.exceptions.contains(.needsClasses) }.map {
      LossCase(isBinary: isBinary, exceptions: $0.exceptions, make: $0.make)
    }
  }

  private static let formulas: [Entry] = [
    Entry([]) { .crossEntropy() },
    Entry([]) { .crossEntropy(labelSmoothing: 0.1) },
    Entry([]) { .softCrossEntropy() },
    Entry([]) { .softCrossEntropy(temperature: 4) },
    Entry([]) { .kullbackLeibler() },
    Entry([]) { .kullbackLeibler(temperature: 2.5) },
    Entry([]) { .reverseKullbackLeibler() },
    Entry([]) { .reverseKullbackLeibler(temperature: 3) },
    Entry([]) { .jeffreys() },
    Entry([]) { .jeffreys(temperature: 2) },
    Entry([]) { .jensenShannon() },
    Entry([]) { .jensenShannon(teacherShare: 0.1, temperature: 2) },
    Entry([]) { .skewKullbackLeibler() },
    Entry([]) { .skewKullbackLeibler(skew: 0.6, temperature: 2) },
    Entry([]) { .skewReverseKullbackLeibler() },
    Entry([]) { .skewReverseKullbackLeibler(skew: 0.6, temperature: 2) },
    Entry([]) { .totalVariation },
    Entry([]) { .sortedProbabilities },
    Entry([]) { .squaredErrorOnLogits },
    Entry([]) { .squaredErrorOnProbabilities },
    Entry([]) { .squaredErrorOnLogProbabilities },
    Entry([]) { .squaredError },
    Entry([]) { .decoupledKullbackLeibler() },
    Entry([]) { .decoupledKullbackLeibler(target: 2, others: 0.5, temperature: 1) },
    Entry(.relatesExamples) { .pearsonCorrelation() },
    Entry(.relatesExamples) {
      .pearsonCorrelation(betweenClasses: 2, withinClasses: 0.5, temperature: 4)
    },
    Entry(.needsClasses) { .standardizedKullbackLeibler() },
    Entry(.relatesExamples) { .exampleRelations() },
    Entry(.relatesExamples) { .classRelations() },
    Entry(.relatesExamples) { .multiLevel() },
    Entry([]) { .virtualTeacher() },
    Entry([]) { .virtualTeacher(correct: 0.9, temperature: 1) },
    Entry(.holdsConstants) { .weightedSoftLabels() },
    Entry([]) { .curriculumKullbackLeibler(CurriculumTemperature(steps: 10)) },
    Entry(.needsClasses) { .topKullbackLeibler(count: 2) },
    Entry(.needsClasses) { .topKullbackLeibler(count: 1, temperature: 3) },
    Entry([.needsClasses, .ordersOutputs]) { .marginSquaredError },
    Entry([]) { .binaryCrossEntropy() },
    Entry([]) { .binaryCrossEntropy(temperature: 2.5) },
    Entry(.needsClasses) { .embeddingCosine },
    Entry([.needsClasses, .relatesExamples]) { .relationalDistance() },
    Entry([.needsClasses, .relatesExamples]) { .relationalAngle() },
    Entry([.needsClasses, .relatesExamples]) { .probabilisticTransfer() },
    Entry([.needsClasses, .relatesExamples]) { .similarityPreserving() },
    Entry([.needsClasses, .relatesExamples]) { .correlationCongruence() },
    Entry([.needsClasses, .relatesExamples]) { .correlationCongruence(gamma: 0.7, order: 4) },
    Entry([]) { .virtualTeacher(as: .teacherFree2020) },
    Entry([]) { .virtualTeacher(correct: 0.9, temperature: 1, as: .teacherFree2020) },
    Entry([.needsClasses, .relatesExamples]) { .relationalDistance(as: .repDistiller) },
    Entry([.needsClasses, .relatesExamples]) { .relationalDistance(as: .mmrazor) },
    Entry([.needsClasses, .relatesExamples]) { .relationalAngle(as: .repDistiller) },
    Entry([.needsClasses, .relatesExamples]) { .relationalAngle(as: .mmrazor) },
    Entry([.needsClasses, .relatesExamples, .addsSmallNumbers]) {
      .probabilisticTransfer(as: .repDistiller)
    },
    Entry([.needsClasses, .relatesExamples]) { .similarityPreserving(as: .torchdistill) },
    Entry([.needsClasses, .relatesExamples]) { .correlationCongruence(as: .torchdistill) },
    Entry([.needsClasses, .relatesExamples]) {
      .correlationCongruence(gamma: 0.7, order: 4, as: .torchdistill)
    },
    Entry([.needsClasses, .relatesExamples]) { .correlationCongruence(as: .torchdistillBilinear) },
    Entry([.needsClasses, .relatesExamples, .ordersExamples]) { .successiveDifferences() },
    Entry([.needsClasses, .learnsMembers]) { .ensembleDistribution() },
    Entry([.needsClasses, .learnsMembers]) {
      .ensembleDistribution(temperature: 4, smoothing: 0.01)
    },
    Entry([.needsClasses, .learnsMembers]) { .peersKullbackLeibler() },
    Entry([.needsClasses, .learnsMembers]) { .peersKullbackLeibler(temperature: 3) },
    Entry([]) { .derivativeSquaredError },
    Entry([]) { .projectedDerivativeSquaredError(projections: 2) },
    Entry([]) { .averageScoreMatching },
  ]

  private static let conventions: [Entry] = SoftTargetConvention.allCases.map { convention in
    Entry([]) { .softTargets(as: convention) }
  }

  /// A loss with what does not hold for it.
  private struct Entry: Sendable {
    let exceptions: Exceptions
    let make: @Sendable () -> Loss

    init(_ exceptions: Exceptions, make: @escaping @Sendable () -> Loss) {
      self.exceptions = exceptions
      self.make = make
    }
  }
}
