import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

@Suite struct CurriculumTemperatureTests {
  private let fixture = Fixture.shared.classes

  private func loss(_ curriculum: CurriculumTemperature) throws -> Tensor {
    let student = fixture.studentNetwork.observe(fixture.batch.inputs)
    let teacher = fixture.memberNetworks[0].observe(fixture.batch.inputs)
    let comparison = Comparison(student, teacher, inputs: fixture.batch.inputs)
    return try Loss.curriculumKullbackLeibler(curriculum)(comparison)
  }

  /// 1 + 20 σ(1) at first; the divergence at that temperature.
  @Test func isTheDivergenceAtItsTemperature() throws {
    let curriculum = CurriculumTemperature(steps: 5)
    let temperature = 1 + 20 / (1 + exp(-1.0))
    #expect(abs(curriculum.temperature - temperature) < 1e-14)
    let expected = try Loss.kullbackLeibler(temperature: temperature)(
      Comparison(
        fixture.studentNetwork.observe(fixture.batch.inputs),
        fixture.memberNetworks[0].observe(fixture.batch.inputs),
        inputs: fixture.batch.inputs
      )
    ).doubleValue
    #expect(try abs(loss(curriculum).doubleValue - expected) < 1e-13)
  }

  /// What reaches θ is the derivative times 0, −¼, −½, −¾·…, −1 on half a cosine.
  @Test func gradientIsReversedMoreAndMore() throws {
    let curriculum = CurriculumTemperature(steps: 4)
    func value(at position: Double) throws -> Double {
      let other = CurriculumTemperature(steps: 4)
      other.position.replace(with: Tensor(position))
      return try loss(other).doubleValue
    }
    let slope = try (value(at: 1 + 1e-5) - value(at: 1 - 1e-5)) / 2e-5
    #expect(abs(slope) > 1e-4)
    for step in 0..<7 {
      let factor = -(1 - cos(.pi * min(1, Double(step) / 4))) / 2
      #expect(abs(curriculum.reversal - factor) < 1e-15)
      let (_, gradients) = try valueWithGradients(of: curriculum.parameters) {
        try loss(curriculum)
      }
      #expect(abs(gradients[0].doubleValue - factor * slope) < 1e-7)
    }
  }

  /// The student goes down the loss, the temperature up it; looking at the terms' gradients before
  /// the first step is no lesson.
  @Test func temperatureIsTrainedAgainstTheStudent() throws {
    let curriculum = CurriculumTemperature(steps: 10)
    let distiller = Distiller(
      fixture.studentNetwork,
      minimizing: 0.1 * .crossEntropy() + 0.9 * .curriculumKullbackLeibler(curriculum),
      using: SGD(learningRate: 1e-3)
    )
    let uphill = try valueWithGradients(of: [curriculum.position]) {
      let teacher = fixture.memberNetworks[0].observe(fixture.batch.inputs)
      let student = fixture.studentNetwork.observe(fixture.batch.inputs)
      let temperature = curriculum.position.value.sigmoid * 20 + 1
      let (own, target) = try (
        (student.logProbabilities() / temperature).logSoftmax(),
        (teacher.logProbabilities() / temperature).logSoftmax()
      )
      return (target.exponential * (target - own)).sum(along: 1).mean() * temperature.squared
    }.gradients[0].doubleValue
    let before = curriculum.temperature
    for _ in 0..<20 {
      try distiller.step(on: fixture.batch, observing: ModuleTeacher(fixture.memberNetworks[0]))
    }
    #expect((curriculum.temperature - before) * uphill > 0)
    #expect(curriculum.evaluations.value.doubleValue == 20)
  }
}
