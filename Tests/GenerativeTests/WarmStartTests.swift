import Foundation
import Networks
import Tensors
import Testing

@testable import Generative

@Suite struct WarmStartTests {
  static var rbm: RBM { randomRBM(visible: 7, hidden: 5, scale: 1, seed: 2) }

  /// Units that nothing listens to leave the distribution as it is.
  @Test func widerStudentsBeginTheSame() {
    let own = NADE(startingAt: Self.rbm, hidden: 5, noise: 0, using: RandomGenerator(seed: 1))
    let wide = NADE(startingAt: Self.rbm, hidden: 9, noise: 0, using: RandomGenerator(seed: 1))
    #expect(wide.hidden == 9)
    let states = allStates(7)
    let difference = own.logProbability(states).largestDifference(from: wide.logProbability(states))
    #expect(difference < 1e-5)
    // The new units can learn: what goes into them is not zero.
    #expect(wide.weights.value.slicing(5..<9, along: 1).magnitude.minimum().doubleValue > 0)
  }

  @Test func narrowerStudentsKeepTheLongestWeights() {
    let narrow = NADE(startingAt: Self.rbm, hidden: 3, noise: 0, using: RandomGenerator(seed: 1))
    let lengths = Self.rbm.weights.squared.sum(along: 0).scalars(Double.self)
    let kept = narrow.weights.value.squared.sum(along: 0).scalars(Double.self)
    for (a, b) in zip(kept.sorted(), lengths.sorted().suffix(3)) { #expect(abs(a - b) < 1e-4) }
    #expect(narrow.hiddenBias.value.shape == [3] && narrow.outputWeights.value.shape == [7, 3])
  }

  @Test func trainerRefusesForeignCheckpoints() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("rbm.safetensors")
    let settings = ContrastiveDivergence(persistentChains: 4)
    try RBMTrainer(Self.rbm, settings, seed: 1).save(to: file)
    let small = randomRBM(visible: 6, hidden: 5, scale: 1, seed: 2)
    for (trainer, reason) in [
      (RBMTrainer(small, settings, seed: 1), "of another shape"),
      (RBMTrainer(Self.rbm, settings, seed: 2), "its seed is 1, here 2"),
      (RBMTrainer(Self.rbm, .init(), seed: 1), "its persistent chains"),
    ] {
      let error = #expect(throws: GenerativeError.self) { try trainer.restore(from: file) }
      #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
  }
}
