import Networks
import Tensors
import Testing

@Suite struct FrozenTests {
  @Test func aFrozenModuleIsSavedButNotTrained() {
    let generator = RandomGenerator(seed: 1)
    let head = Linear(3, 2, using: generator)
    let network = Sequential(Linear(4, 3, using: generator), Frozen(head))
    #expect(network.namedParameters.map(\.path) == ["0.weight", "0.bias", "1.weight", "1.bias"])
    #expect(network.parameters.count == 2)
    #expect(head.parameters.count == 2)
  }

  /// Batch statistics are those of the data it was trained on, whoever uses it.
  @Test func aFrozenModuleIsAlwaysEvaluated() {
    let norm = BatchNorm(3)
    let inputs = Tensor.normal([5, 3], using: RandomGenerator(seed: 2)) + 4
    let seen = Frozen(norm)(inputs, Pass(training: RandomGenerator(seed: 3)))
    #expect(seen.largestDifference(from: norm(inputs)) == 0)
    #expect(norm.runningMean.value.scalars() == [0, 0, 0])
  }
}
