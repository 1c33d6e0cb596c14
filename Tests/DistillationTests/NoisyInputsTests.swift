import Foundation
import Networks
import Tensors
import Testing

@testable import Distillation

@Suite struct NoisyInputsTests {
  private let difference = (tanhNetwork([2, 6, 3], seed: 1), tanhNetwork([2, 5, 3], seed: 2))
  private let inputs = Tensor.normal([4, 2], .float64, using: RandomGenerator(seed: 3))

  private func d(_ x: Tensor) -> Tensor { difference.0(x) - difference.1(x) }

  /// ‖d‖² + σ² (‖J_d‖² + d·Δd), mean over the batch, in two orders of σ.
  private func expansion() -> (zeroth: Double, second: Double) {
    let (value, jacobian) = batchJacobian(at: inputs, of: d)
    let h = 1e-4
    var laplacian = value * 0
    for axis in 0..<2 {
      let step = Tensor([axis == 0 ? h : 0, axis == 1 ? h : 0])
      let (ahead, behind): (Tensor, Tensor) = (d(inputs + step), d(inputs - step))
      laplacian += (ahead + behind - value * 2.0) / (h * h)
    }
    let count = Double(inputs.shape[0])
    let second = jacobian.squared.sum() + (value * laplacian).sum()
    return (value.squared.sum().doubleValue / count, second.doubleValue / count)
  }

  /// The mean over normal noise, by Gauss–Hermite quadrature with the nodes 0 and ±√3 on each axis:
  /// exact for polynomials of degree 5, so that what it leaves out is of order σ⁶.
  private func expectation(_ deviation: Double) -> Double {
    let nodes: [(Double, Double)] = [
      (0, 2 / 3), (3.0.squareRoot(), 1 / 6), (-3.0.squareRoot(), 1 / 6),
    ]
    var sum = 0.0
    for (a, p) in nodes {
      for (b, q) in nodes {
        let seen = d(inputs + Tensor([a * deviation, b * deviation]))
        sum += p * q * seen.squared.sum().doubleValue / Double(inputs.shape[0])
      }
    }
    return sum
  }

  /// Halving σ divides the remainder by 2⁴, up to terms of relative order σ².
  @Test func noiseMatchesDerivativesUpToTheFourthOrder() {
    let (zeroth, second) = expansion()
    func remainder(_ deviation: Double) -> Double {
      expectation(deviation) - zeroth - deviation * deviation * second
    }
    #expect(abs(second) > 0.1)
    #expect(abs(remainder(0.1) / remainder(0.05) - 16) < 0.5)
  }

  /// The loss over many noisy batches is the expectation, within four standard errors.
  @Test(arguments: [1, 2]) func theLossOverNoisyBatchesIsTheExpectation(copies: Int) throws {
    let noisy = Examples(inputs).batches(of: 4, epochs: nil, shuffled: nil)
      .noisy(standardDeviation: 0.2, copies: copies, seed: 5)
    let losses = try (0..<1000).map { step in
      let batch = try noisy.batch(step)!
      #expect(batch.count == 4 * copies)
      let seen = difference.0.observe(batch.inputs)
      let taught = difference.1.observe(batch.inputs)
      let loss = Loss.squaredErrorOnLogits
      return 2 * (try loss(Comparison(seen, taught, inputs: batch.inputs))).doubleValue
    }
    let mean = losses.reduce(0, +) / 1000
    let variance = losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 999
    #expect(abs(mean - expectation(0.2)) < 4 * (variance / 1000).squareRoot() + 1e-4)
  }

  @Test func stepsHaveNoiseOfTheirOwnThatComesAgain() throws {
    func batches(_ seed: UInt64) -> any Inputs {
      someExamples().batches(of: 8, shuffled: 1).noisy(standardDeviation: 1, copies: 2, seed: seed)
    }
    func inputs(_ seed: UInt64, _ step: Int) throws -> Tensor {
      try batches(seed).batch(step)!.inputs
    }
    let a = try batches(5).batch(3)!
    #expect(try inputs(5, 3).largestDifference(from: a.inputs) == 0)
    #expect(try inputs(6, 3).largestDifference(from: a.inputs) > 0)
    #expect(try inputs(5, 2).largestDifference(from: a.inputs) > 0)
    // Pairs on either side of the example.
    let plain = try someExamples().batches(of: 8, shuffled: 1).batch(3)!
    let middle = (a.inputs[0..<8] + a.inputs[8..<16]) / 2
    #expect(middle.largestDifference(from: plain.inputs) < 1e-6)
    let (labels, own) = (try #require(a.labels), try #require(plain.labels).scalars(Int.self))
    #expect(labels.scalars(Int.self) == own + own)
  }

  /// Observed together or one by one is the same, wherever a run is taken up.
  @Test func teachersCanBeObservedForSeveralStepsAtOnce() throws {
    let teacher = ModuleTeacher(network())
    func batches() -> some Inputs {
      someExamples().batches(of: 7, epochs: 2, shuffled: 1).noisy(standardDeviation: 1, seed: 5)
    }
    let (whole, late) = (
      batches().observed(by: teacher, stepsAtOnce: 5),
      batches().observed(by: teacher, stepsAtOnce: 5)
    )
    let count = try #require(batches().stepCount)
    #expect(whole.stepCount == count && count % 5 != 0)
    for step in 0..<count {
      let batch = try #require(try whole.batch(step))
      let seen = try #require(batch.observation)
      let expected = try teacher.observe(batch.inputs)
      #expect(seen.values.largestDifference(from: expected.values) < 1e-6)
      #expect(try batches().batch(step)!.inputs.largestDifference(from: batch.inputs) == 0)
      if step > 5 {
        let again = try #require(try late.batch(step)?.observation)
        #expect(again.values.largestDifference(from: seen.values) == 0)
      }
    }
    #expect(try whole.batch(count) == nil)
  }

  /// A recording knows the teacher at the examples themselves, not beside them.
  @Test func recordedTeachersAreRefused() throws {
    let student = network()
    let recorded = try RecordedTeacher(of: ModuleTeacher(network()), on: someExamples().inputs)
    let error = #expect(throws: DistillationError.self) {
      try distill(
        recorded,
        into: student,
        on: someExamples().batches(of: 8, shuffled: 1).noisy(standardDeviation: 1, seed: 2),
        minimizing: .kullbackLeibler()
      )
    }
    #expect(error?.description.contains("by their number") == true)
  }

  private func network() -> MLP { MLP([6, 4, 3], using: RandomGenerator(seed: 1)) }
}
