import Foundation
import Tensors
import Testing

@testable import Distillation

/// How far what other code computes under the same name is from T² KL(t‖f): batch 16, 100 classes,
/// T = 4, normal logits of standard deviation 2 for the student and 3 for the teacher.
@Suite struct ConventionTests {
  private let student = Tensor.normal([16, 100], .float64, using: RandomGenerator(seed: 1)) * 2
  private let teacher = Tensor.normal([16, 100], .float64, using: RandomGenerator(seed: 2)) * 3

  private func gradient(_ loss: Loss) throws -> (value: Double, gradient: Tensor) {
    let (value, gradient) = try valueWithGradient(at: student) { values in
      try loss(
        Comparison(
          Observation(values, meaning: .logits),
          Observation(teacher, meaning: .logits),
          inputs: .zeros([16, 1], .float64)
        )
      )
    }
    return (value.doubleValue, gradient.flattened())
  }

  private func compare(_ loss: Loss) throws -> (value: Double, ratio: Double, cosine: Double) {
    let (_, reference) = try gradient(.kullbackLeibler(temperature: 4))
    let (value, own) = try gradient(loss)
    let lengths = (own.norm().doubleValue, reference.norm().doubleValue)
    let cosine = own.matmul(reference).doubleValue / (lengths.0 * lengths.1)
    return (value, lengths.0 / lengths.1, cosine)
  }

  /// The same direction, shorter by a factor that follows from the definitions.
  @Test(arguments: [
    (SoftTargetConvention.modelOptDefault, 0.01), (.teacherAssistant2020, 0.01),
    (.haitongli, 0.01), (.teacherFree2020, 0.01), (.bornAgain2018, 0.000625),
    (.textBrewer, 0.0625), (.torchdistillWithoutLabels, 0.0625), (.neuralCompressor, 1),
  ])
  func differsByAFactor(_ convention: SoftTargetConvention, _ ratio: Double) throws {
    let seen = try compare(.softTargets(as: convention, temperature: 4))
    #expect(abs(seen.ratio / ratio - 1) < 1e-12)
    #expect(abs(seen.cosine - 1) < 1e-12)
  }

  /// Other losses: ratio and cosine vary with the draw by some hundredths.
  @Test(arguments: [
    (SoftTargetConvention.torchtune, 6.46, 1.45, 0.72), (.kdLib, 0.0015, 0.00028, 0.85),
  ])
  func isAnotherLoss(
    _ convention: SoftTargetConvention,
    _ value: Double,
    _ ratio: Double,
    _ cosine: Double
  ) throws {
    let seen = try compare(.softTargets(as: convention, temperature: 4))
    #expect(abs(seen.value / value - 1) < 0.15)
    #expect(abs(seen.ratio / ratio - 1) < 0.15)
    #expect(abs(seen.cosine - cosine) < 0.05)
  }

  /// What the code of logit standardisation computes, by its own formula: the variance over K − 1.
  @Test func standardisationDividesByOneLess() throws {
    func unbiased(_ z: Tensor) -> Tensor {
      (z - z.mean(along: 1, keepingAxes: true))
        / z.standardDeviation(along: 1, keepingAxes: true)
    }
    let (own, target) = (Tensor.normal([5, 7], .float64, using: .init(seed: 3)), teacher[0..<5])
    func comparison(_ a: Tensor, _ b: Tensor) -> Comparison {
      Comparison(
        Observation(a, meaning: .logits),
        Observation(b, meaning: .logits),
        inputs: .zeros([5, 1], .float64)
      )
    }
    let seven = target.slicing(0..<7, along: 1)
    let theirs = try Loss.kullbackLeibler(temperature: 2)(
      comparison(unbiased(own), unbiased(seven))
    ).doubleValue
    let ours = try Loss.standardizedKullbackLeibler(temperature: 2 * (7.0 / 6).squareRoot())(
      comparison(own, seven)
    ).doubleValue
    #expect(abs(ours * 6 / 7 - theirs) < 1e-12)
  }
}
