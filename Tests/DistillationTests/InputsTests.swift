import Networks
import Tensors
import Testing

@testable import Distillation

@Suite struct InputsTests {
  private func all(_ inputs: any Inputs) throws -> [Batch] {
    var batches: [Batch] = []
    while let batch = try inputs.batch(batches.count) { batches.append(batch) }
    return batches
  }

  @Test func anEpochSeesEveryExampleOnceInAnotherOrder() throws {
    let examples = someExamples()
    let batches = try all(examples.batches(of: 8, epochs: 2, shuffled: 1))
    let indices = batches.map { $0.indices!.scalars(Int.self) }
    #expect(indices.map(\.count) == [8, 8, 8, 8, 8, 8, 2, 8, 8, 8, 8, 8, 8, 2])
    let (first, second) = (indices[..<7].flatMap { $0 }, indices[7...].flatMap { $0 })
    #expect(first.sorted() == Array(0..<50) && second.sorted() == Array(0..<50))
    #expect(first != second && first != Array(0..<50))
    for batch in batches {
      let rows = examples[rows: batch.indices!]
      #expect(batch.inputs.largestDifference(from: rows.inputs) == 0)
      #expect(batch.labels!.largestDifference(from: rows.labels!) == 0)
    }
  }

  @Test func lastBatchesThatAreNotFullCanBeLeftOut() throws {
    let inputs = someExamples().batches(of: 8, epochs: 2, shuffled: 1, droppingLast: true)
    #expect(inputs.stepCount == 12)
    #expect(try all(inputs).map(\.count) == Array(repeating: 8, count: 12))
    let error = #expect(throws: DistillationError.self) {
      try someExamples().batches(of: 51, shuffled: nil, droppingLast: true).batch(0)
    }
    #expect(error?.description.contains("50 examples do not fill a batch of 51") == true)
  }

  /// Steps may be asked for in any order.
  @Test(arguments: ResumeTests.Source.allCases)
  func aBatchDependsOnItsStepAlone(_ source: ResumeTests.Source) throws {
    let inOrder = try all(source.inputs)
    #expect(inOrder.count == 20)
    let jumping = source.inputs
    for step in [13, 2, 19, 19, 0, 7] {
      let batch = try #require(try jumping.batch(step))
      #expect(batch.inputs.largestDifference(from: inOrder[step].inputs) == 0)
    }
    #expect(try jumping.batch(20) == nil)
  }

  @Test func noiseHasTheMomentsAskedFor() throws {
    let normal = Noise([100], .normal(mean: 3, standardDeviation: 2), batchesOf: 100, seed: 1)
    let sample = normal.batch(5)!.inputs
    // Standard errors: 2/100 of the mean, 2/√20000 of the deviation; four of them.
    #expect(abs(sample.mean().doubleValue - 3) < 0.08)
    #expect(abs(sample.variance().doubleValue.squareRoot() - 2) < 0.057)
    let uniform = Noise([100], .uniform(-1...3), batchesOf: 100, seed: 1).batch(0)!.inputs
    #expect(uniform.minimum().doubleValue >= -1 && uniform.maximum().doubleValue <= 3)
    // The deviation of a uniform of width 4 is 4/√12 = 1.155.
    #expect(abs(uniform.mean().doubleValue - 1) < 4 * 0.01155)
    #expect(normal.batch(5)!.inputs.largestDifference(from: normal.batch(6)!.inputs) > 1)
  }

  @Test func aMixtureTakesFromEachSourceInProportionAndInOrder() throws {
    func source(_ sign: Double) -> FunctionOfStep {
      FunctionOfStep { Batch(.full(sign * Double($0 + 1), [1, 1], .float64)) }
    }
    let mixture = Mixture([(source(1), 3), (source(-1), 1)], seed: 2)
    let values = try (0..<2_000).map { try mixture.batch($0)!.inputs.doubleValue }
    let (positive, negative) = (values.filter { $0 > 0 }, values.filter { $0 < 0 })
    let ordered: [Double] = (1...positive.count).map { Double($0) }
    let falling: [Double] = (1...negative.count).map { -Double($0) }
    #expect(positive == ordered)
    #expect(negative == falling)
    // Binomial with mean 1500 and standard deviation 19.4; four of them.
    #expect(abs(positive.count - 1_500) < 78)
  }

  @Test func roundsRepeat() throws {
    let inputs = someExamples().batches(of: 20, shuffled: 1).repeated(2)
    let counts = try all(inputs).map { $0.indices!.scalars(Int.self) }
    #expect(inputs.stepCount == 6 && counts.count == 6)
    #expect(counts[0] == counts[3] && counts[2] == counts[5] && counts[0] != counts[1])
  }
}
