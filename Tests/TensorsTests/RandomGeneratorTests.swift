import Foundation
import Testing

@testable import Tensors

@Suite struct RandomGeneratorTests {
  static let draws: [(String, @Sendable (RandomGenerator) -> Tensor)] = [
    ("uniform", { .uniform([999], using: $0) }),
    ("uniform float64", { .uniform([7, 3], .float64, using: $0) }),
    ("normal", { .normal([999], using: $0) }),
    ("normal, few", { .normal([3], .float64, using: $0) }),
    ("integers", { .randomIntegers(-3..<1000, [50], using: $0) }),
    ("permutation", { .permutation(40, using: $0) }),
    ("bernoulli", { Tensor.full(0.4, [200]).bernoulliSample(using: $0) }),
    ("categorical", { Tensor.ones([4, 5]).categoricalSample(30, using: $0) }),
  ]

  @Test(arguments: draws.indices)
  func seedAndStateDecideTheNumbers(index: Int) {
    let draw = Self.draws[index].1
    let (first, second) = (RandomGenerator(seed: 7), RandomGenerator(seed: 7))
    _ = draw(first)
    _ = draw(second)
    let state = first.state
    let expected = draw(first)
    #expect(draw(second).largestDifference(from: expected) == 0)
    #expect(draw(second).largestDifference(from: expected) > 0)
    first.state = state
    #expect(draw(first).largestDifference(from: expected) == 0)
    let restored = RandomGenerator(seed: 8)
    restored.state = state
    #expect(draw(restored).largestDifference(from: expected) == 0)
    #expect(draw(RandomGenerator(seed: 8)).largestDifference(from: expected) > 0)
    #expect(first.makeSeed() == restored.makeSeed())
  }

  /// Moments over a million draws; |z| < 5 fails a right generator once in two million.
  @Test func momentsAreThoseOfTheDistributions() {
    let generator = RandomGenerator(seed: 20_240_607)
    let count = 1_000_000
    func z(_ sample: Tensor, mean: Double, variance: Double) -> Double {
      (sample.mean().doubleValue - mean) / (variance / Double(count)).squareRoot()
    }
    let uniform = Tensor.uniform([count], .float64, using: generator)
    #expect(uniform.minimum().doubleValue >= 0 && uniform.maximum().doubleValue < 1)
    #expect(abs(z(uniform, mean: 0.5, variance: 1 / 12.0)) < 5)
    #expect(abs(z((uniform - 0.5).squared, mean: 1 / 12.0, variance: 1 / 180.0)) < 5)
    let normal = Tensor.normal([count], .float64, using: generator)
    // E x²ᵏ = 1, 3, 15, 105: variances of x, x², x³, x⁴ are 1, 2, 15, 96.
    #expect(abs(z(normal, mean: 0, variance: 1)) < 5)
    #expect(abs(z(normal.raised(to: 2), mean: 1, variance: 2)) < 5)
    #expect(abs(z(normal.raised(to: 3), mean: 0, variance: 15)) < 5)
    #expect(abs(z(normal.raised(to: 4), mean: 3, variance: 96)) < 5)
    // Independence of neighbours, and of generators with neighbouring seeds.
    #expect(abs(z(normal * normal.rolled(by: 1, along: 0), mean: 0, variance: 1)) < 5)
    let other = Tensor.normal([count], .float64, using: RandomGenerator(seed: 20_240_608))
    #expect(abs(z(normal * other, mean: 0, variance: 1)) < 5)
    let coins = Tensor.full(0.3, [count], .float64).bernoulliSample(using: generator)
    #expect(abs(z(coins, mean: 0.3, variance: 0.21)) < 5)
    let weights = Tensor([1, 2, 3, 4] as [Double])
    let classes = weights.categoricalSample(count, using: generator)
    for (index, probability) in [0.1, 0.2, 0.3, 0.4].enumerated() {
      let hits = (classes .== Double(index)).cast(to: .float64)
      #expect(abs(z(hits, mean: probability, variance: probability * (1 - probability))) < 5)
    }
    let dice = Tensor.randomIntegers(1..<7, [count], using: generator)
    for face in 1...6 {
      let hits = (dice .== Double(face)).cast(to: .float64)
      #expect(abs(z(hits, mean: 1 / 6.0, variance: 5 / 36.0)) < 5)
    }
  }

  @Test func permutationHoldsEveryIndexOnce() {
    let order = Tensor.permutation(1000, using: RandomGenerator(seed: 1))
    #expect(order.sorted().values.largestDifference(from: .range(0..<1000)) == 0)
    #expect(order.largestDifference(from: .range(0..<1000)) > 0)
  }

  @Test func drawingWithoutReplacementNeverRepeats() {
    let rows = Tensor.ones([20, 6]).categoricalSample(
      6,
      replacing: false,
      using: RandomGenerator(seed: 2)
    )
    #expect(
      rows.sorted().values.largestDifference(from: .range(0..<6).broadcast(to: [20, 6])) == 0
    )
  }
}
