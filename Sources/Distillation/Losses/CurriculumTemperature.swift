import Foundation
import Networks
import Tensors

/// A temperature that is learnt against the student: it moves to where the loss is larger, more and
/// more so, as lessons that get harder.
///
/// T = `least` + `range`·σ(θ). The gradient that reaches θ is multiplied by
/// −strength·½(1 − cos(π·step/steps)), from 0 in the beginning to −strength after `steps` steps.
///
/// Li et al., *Curriculum Temperature for Knowledge Distillation* (2023), the global form: T in
/// 1 … 21, θ = 1 at first, ten epochs.
public struct CurriculumTemperature: Module {
  /// θ, a scalar.
  public let position: Parameter
  /// How often a loss was evaluated, which is what the lessons are counted by.
  public let evaluations: Parameter
  let least: Double
  let range: Double
  let steps: Int
  let strength: Double

  /// - Parameter steps: How many steps until θ is pushed with full strength: those of ten epochs in
  ///   the paper.
  public init(steps: Int, least: Double = 1, range: Double = 20, strength: Double = 1) {
    precondition(
      steps > 0 && least > 0 && range > 0 && strength >= 0,
      "CurriculumTemperature: steps, least and range must be positive, and strength not negative"
    )
    self.steps = steps
    self.least = least
    self.range = range
    self.strength = strength
    position = Parameter(Tensor(1.0))
    evaluations = Parameter(Tensor(0.0), role: .buffer)
  }

  /// T as it is.
  public var temperature: Double { of(position.value).doubleValue }

  /// What the gradient is multiplied by at the next evaluation, 0 or less.
  public var reversal: Double {
    let progress = min(1, evaluations.value.doubleValue / Double(steps))
    return -strength * (1 - cos(.pi * progress)) / 2
  }

  /// T for one evaluation more, its gradient reversed.
  func next() -> Tensor {
    let position = position.value
    // The value is θ, the derivative with respect to it `reversal`.
    let reversed = position.detached * (1 - reversal) + position * reversal
    evaluations.replace(with: evaluations.value.detached + 1)
    return of(reversed)
  }

  private func of(_ position: Tensor) -> Tensor { position.sigmoid * range + least }

  /// T multiplies nothing: as a module it only carries its parameters.
  public func forward(_ input: Tensor, _ pass: Pass) -> Tensor { input / of(position.value) }
}

extension Loss {
  /// The divergence of the student from the teacher at a temperature that is learnt:
  /// T² KL(t‖f), mean over the batch; see ``CurriculumTemperature``.
  ///
  /// Trained with the student, which goes down the loss while T goes up it. Beside a cross entropy
  /// of weight 0.1 and times 0.9 in the paper.
  ///
  /// - Parameters: Those of ``CurriculumTemperature``, of which each student gets its own.
  public static func curriculumKullbackLeibler(
    steps: Int,
    least: Double = 1,
    range: Double = 20,
    strength: Double = 1
  ) -> Loss {
    func curriculum() -> CurriculumTemperature {
      CurriculumTemperature(steps: steps, least: least, range: range, strength: strength)
    }
    return curriculumKullbackLeibler(as: curriculum(), curriculum)
  }

  /// The same at a temperature of one's own, which goes on from student to student.
  public static func curriculumKullbackLeibler(_ curriculum: CurriculumTemperature) -> Loss {
    curriculumKullbackLeibler(as: curriculum) { curriculum }
  }

  private static func curriculumKullbackLeibler(
    as settings: CurriculumTemperature,
    _ make: @escaping () -> CurriculumTemperature
  ) -> Loss {
    .binding(
      "curriculumKullbackLeibler",
      [
        ("steps", Double(settings.steps)), ("least", settings.least),
        ("range", settings.range), ("strength", settings.strength),
      ],
      needs: Needs(teacher: true)
    ) { _ in
      let curriculum = make()
      return BoundTerm([curriculum]) { comparison in
        let temperature = curriculum.next()
        func softened(_ observation: Observation) throws -> Tensor {
          // Bounded: the derivative of −∞ / T with respect to T is no number.
          try (observation.boundedLogProbabilities(1) / temperature).logSoftmax()
        }
        let (own, target) = try (softened(comparison.student), softened(comparison.taught()))
        return divergence(of: own, from: target).mean() * temperature.squared
      }
    }
  }
}
