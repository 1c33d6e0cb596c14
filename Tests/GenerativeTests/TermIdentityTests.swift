import Distillation
import Networks
import Tensors
import Testing

@testable import Generative

/// A term is what its identity says, whatever it is called.
@Suite struct TermIdentityTests {
  private static var rbm: RBM { randomRBM(visible: 6, hidden: 3, scale: 1, seed: 2) }

  private static func distil(_ student: some NormalizedModel, by loss: Loss) throws {
    try distill(
      rbm,
      into: student,
      on: rbm.gibbsSamples(chains: 20, batchSize: { _ in 10 }, burnIn: 5, seed: 1).limited(to: 2),
      minimizing: loss,
      using: Adam()
    )
  }

  /// KL of softened classes has the name of KL(q‖p) on samples, and is none of log-densities.
  @Test(arguments: [1.0, 4])
  func aLossOfClassesIsNotTakenForItsNamesake(temperature: Double) throws {
    let nade = NADE(inputs: 6, hidden: 4, using: RandomGenerator(seed: 3))
    let before = nade.tensors
    let loss = Loss.reverseKullbackLeibler(temperature: temperature)
    let refused = #expect(throws: DistillationError.self) { try Self.distil(nade, by: loss) }
    #expect(refused?.description.contains("probabilities") == true)
    for (a, b) in zip(nade.tensors, before) { #expect(a.largestDifference(from: b) == 0) }

    let made = MADE(inputs: 6, hidden: [8], using: RandomGenerator(seed: 3))
    let error = #expect(throws: DistillationError.self) { try Self.distil(made, by: loss) }
    #expect(error?.description.contains("probabilities") == true, "\(String(describing: error))")
  }

  /// A user's own loss may be called as it likes.
  @Test func aUsersLossKeepsItsOwnFormula() throws {
    let own = Loss("negativeLogLikelihood", needs: Needs()) { comparison in
      comparison.student.values.mean() * 0
    }
    func stays(_ student: some NormalizedModel) throws {
      let before = student.parameters.map(\.value)
      try Self.distil(student, by: own)
      for (a, b) in zip(student.parameters, before) {
        #expect(a.value.largestDifference(from: b) == 0)
      }
    }
    try stays(NADE(inputs: 6, hidden: 4, using: RandomGenerator(seed: 3)))
    try stays(MADE(inputs: 6, hidden: [8], using: RandomGenerator(seed: 3)))
  }

  /// Weights and sums keep identities.
  @Test func identitiesSurvive() {
    let loss = 0.5 * .reverseKullbackLeibler(samples: 7) + .squaredLogDensityErrorWithLearntConstant
    #expect(loss.terms.map(\.densityTerm) == [.reverse(samples: 7), .squared(constant: nil)])
    #expect(loss.terms.map(\.weight) == [0.5, 1])
  }

  @Test(.enabled(if: Device.cuda().isAvailable, "there is no CUDA device on this machine"))
  func aNADEOnAnotherDeviceStaysThere() throws {
    let nade = NADE(inputs: 6, hidden: 4, using: RandomGenerator(seed: 3))
    nade.move(to: .cuda())
    let samples = FunctionOfStep(2) { _ in Batch(allStates(6).moved(to: .cuda())) }
    try distill(
      Self.rbm,
      into: nade,
      on: samples,
      minimizing: .negativeLogLikelihood,
      using: Adam()
    )
    #expect(nade.parameters.allSatisfy { $0.value.device == .cuda() })
  }
}
