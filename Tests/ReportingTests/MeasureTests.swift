import Foundation
import Tensors
import Testing

@testable import Reporting

@Suite struct MeasureTests {
  private let reference = Reference.numbers.predictions
  /// A few roundings of numbers of order 1.
  private let tolerance = 1e-12

  private var student: ClassPredictions {
    ClassPredictions(
      logProbabilities: Tensor(reference.student),
      labels: Tensor(reference.labels)
    )
  }
  private var teacher: ClassPredictions {
    ClassPredictions(
      logProbabilities: Tensor(reference.teacher),
      labels: Tensor(reference.labels)
    )
  }

  @Test func perExampleMeasures() {
    #expect(relativeError(student.correctness.mean().doubleValue, reference.accuracy) < tolerance)
    #expect(relativeError(-student.logProbability.mean().doubleValue, reference.logLoss) < 1e-12)
    #expect(student.brierScore.largestDifference(from: Tensor(reference.brier)) < tolerance)
    let entropy = -student.negativeEntropy
    #expect(entropy.largestDifference(from: Tensor(reference.entropy)) < tolerance)
  }

  @Test func measuresAgainstTheTeacher() {
    let divergence = student.divergence(from: teacher)
    #expect(divergence.largestDifference(from: Tensor(reference.divergence)) < tolerance)
    let agreement = student.agreement(with: teacher).mean().doubleValue
    #expect(relativeError(agreement, reference.agreement) < tolerance)
    #expect(student.divergence(from: student).magnitude.maximum().doubleValue == 0)
  }

  @Test func twoClasses() {
    let binary = Reference.numbers.binary
    let predictions = ClassPredictions(
      binaryLogits: Tensor(binary.logits),
      labels: Tensor(binary.labels)
    )
    // scikit-learn's binary Brier score counts one of the two classes.
    #expect(relativeError(predictions.brierScore.mean().doubleValue / 2, binary.brier) < tolerance)
    let logLoss = -predictions.logProbability.mean().doubleValue
    #expect(relativeError(logLoss, binary.logLoss) < tolerance)
  }

  @Test func certainPredictions() {
    let certain = ClassPredictions(
      logProbabilities: Tensor([[0, -.infinity], [-.infinity, 0]] as [[Double]]),
      labels: Tensor([0, 0])
    )
    let even = ClassPredictions(
      logProbabilities: Tensor.full(log(0.5), [2, 2], .float64),
      labels: Tensor([0, 0])
    )
    #expect(certain.negativeEntropy.scalars(Double.self) == [0, 0])
    #expect(certain.brierScore.scalars(Double.self) == [0, 2])
    #expect(
      even.divergence(from: certain).largestDifference(from: Tensor([M_LN2, M_LN2])) < 1e-15
    )
    #expect(certain.divergence(from: even).scalars(Double.self) == [.infinity, .infinity])
  }

  @Test func logitsInsteadOfLogProbabilitiesAreRefused() async {
    await #expect(processExitsWith: .failure) {
      _ = ClassPredictions(logProbabilities: Tensor.ones([2, 3]), labels: Tensor([0, 1]))
    }
  }

  @Test func calibration() throws {
    let reference = Reference.numbers.calibration
    let confidences = Tensor(reference.confidence)
    let correctness = Tensor(reference.correct)
    let width = Calibration(
      confidences: confidences,
      correctness: correctness,
      resamples: 1000,
      seed: 1
    )
    #expect(relativeError(width.expectedError, reference.equalWidth) < tolerance)
    #expect(width.bins.map(\.count) == reference.counts)
    // Standard errors by 1,000 and 4,000 resamples: each is right to 1/√(2·resamples), together
    // 2.5%; four times that is exceeded with probability 6e-5.
    #expect(relativeError(width.standardError, reference.standardError) < 0.1)
    let mass = Calibration(confidences: confidences, correctness: correctness, bins: .equalMass)
    #expect(relativeError(mass.expectedError, reference.equalMass) < tolerance)
    #expect(mass.bins.map(\.count) == reference.massCounts)
    let data = try JSONEncoder().encode(width)
    #expect(try JSONDecoder().decode(Calibration.self, from: data) == width)
    #expect(width.table.rows.count == 15)
  }

  @Test func calibrationByHand() {
    // Bins (0, .5] and (.5, 1]: |0.5 − 0.3|·2/4 + |1 − 0.8|·2/4.
    let calibration = Calibration(
      confidences: Tensor([0.1, 0.5, 0.7, 0.9]),
      correctness: Tensor([1.0, 0, 1, 1]),
      count: 2
    )
    #expect(abs(calibration.expectedError - 0.2) < 1e-15)
    #expect(abs(calibration.largestError - 0.2) < 1e-15)
    #expect(calibration.bins.map(\.accuracy.mean) == [0.5, 1])
  }

  @Test func emptyBins() throws {
    let calibration = Calibration(confidences: Tensor([0.95]), correctness: Tensor([1.0]), count: 4)
    #expect(calibration.bins.map(\.count) == [0, 0, 0, 1])
    #expect(try JSONEncoder().encode(calibration).isEmpty == false)
  }
}
