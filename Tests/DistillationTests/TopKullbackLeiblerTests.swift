import Networks
import Tensors
import Testing

@testable import Distillation

@Suite struct TopKullbackLeiblerTests {
  private let student = Tensor.normal([7, 30], .float64, using: RandomGenerator(seed: 1)) * 2
  private let teacher = Observation(
    Tensor.normal([7, 30], .float64, using: RandomGenerator(seed: 2)) * 2,
    meaning: .logits
  )

  private func gradient(
    _ loss: Loss,
    _ teacher: Observation
  ) throws -> (value: Double, gradient: Tensor) {
    let (value, gradient) = try valueWithGradient(at: student) { values in
      let own = Observation(values, meaning: .logits)
      let comparison = Comparison(own, teacher, inputs: .zeros([7, 1], .float64))
      try comparison.check()
      return try loss(comparison)
    }
    return (value.doubleValue, gradient)
  }

  @Test func isTheDivergenceWhenOneClassIsLeft() throws {
    let whole = try gradient(.kullbackLeibler(temperature: 2), teacher)
    let top = try gradient(.topKullbackLeibler(count: 29, temperature: 2), teacher)
    #expect(abs(whole.value - top.value) < 1e-13)
    #expect(whole.gradient.largestDifference(from: top.gradient) < 1e-13)
  }

  /// Merging classes never adds to a divergence.
  @Test func growsWithTheClassesKept() throws {
    var last = 0.0
    for count in [1, 2, 5, 10, 20, 29] {
      let value = try gradient(.topKullbackLeibler(count: count), teacher).value
      #expect(value > last)
      last = value
    }
  }

  /// A chunk of 65 logits is two rows, and one in the end.
  @Test func chunksChangeNothing() throws {
    let whole = try gradient(.topKullbackLeibler(count: 5, temperature: 3), teacher)
    let parts = try gradient(.topKullbackLeibler(5, 3, chunk: 65), teacher)
    #expect(abs(whole.value - parts.value) < 1e-14)
    #expect(whole.gradient.largestDifference(from: parts.gradient) < 1e-15)
  }

  @Test func keptClassesServeAsTheWholeTeacher() throws {
    let loss = Loss.topKullbackLeibler(count: 5, temperature: 3)
    let kept = try teacher.mostProbable(5, temperature: 3)
    #expect(kept.values.shape == [7, 5] && kept.classes?.shape == [7, 5])
    let (whole, top) = try (gradient(loss, teacher), gradient(loss, kept))
    #expect(whole.value == top.value)
    #expect(whole.gradient.largestDifference(from: top.gradient) == 0)
    // From a table, as a distillation replays it.
    let recorded = RecordedTeacher(kept)
    let rows = Tensor([0, 1, 2, 3, 4, 5, 6] as [Int])
    let batch = Batch(.zeros([7, 1], .float64), indices: rows)
    let replayed = try gradient(loss, recorded.observe(batch, .values))
    #expect(replayed.value == whole.value)
  }

  @Test func otherLossesRefuseKeptClasses() throws {
    let kept = try teacher.mostProbable(5)
    let error = #expect(throws: DistillationError.self) { try gradient(.kullbackLeibler(), kept) }
    #expect(error?.description.contains("use topKullbackLeibler") == true)
    #expect(throws: DistillationError.self) { try gradient(.topKullbackLeibler(count: 4), kept) }
    #expect(throws: DistillationError.self) { try gradient(.topKullbackLeibler(), teacher) }
  }

  /// The gradient reaches through the student's network like any other.
  @Test func learnsFromATableOfTokens() throws {
    let generator = RandomGenerator(seed: 5)
    let network = MLP([3, 16, 30], using: generator)
    let inputs = Tensor.normal([20, 3], using: generator)
    let kept = try ModuleTeacher(MLP([3, 8, 30], using: generator)).observe(inputs).mostProbable(4)
    let distiller = Distiller(
      network,
      minimizing: .topKullbackLeibler(count: 4),
      using: Adam(learningRate: 0.05)
    )
    let losses = try (0..<200).map { _ in try distiller.step(on: Batch(inputs), toward: kept) }
    #expect(losses.last! < losses[0] / 20)
  }
}
