import Foundation
import Tensors
import Testing

@testable import Networks

@Suite struct InitializationTests {
  /// The standard deviation that each way promises for a fan-in of 300 and a fan-out of 100.
  static let deviations: [(initialization: Initialization, deviation: Double)] = [
    (.normal(standardDeviation: 0.2), 0.2),
    (.uniform(bound: 0.3), 0.3 / 3.0.squareRoot()),
    (.glorotUniform, (2 / 400.0).squareRoot()),
    (.glorotNormal, (2 / 400.0).squareRoot()),
    (.heNormal, (2 / 300.0).squareRoot()),
    (.heUniform, (2 / 300.0).squareRoot()),
    // Variance of a standard normal cut at ±2: 1 − 2·2·φ(2)/(2Φ(2) − 1) = 0.7737.
    (.truncatedNormal(standardDeviation: 0.1), 0.1 * 0.773_741_3.squareRoot()),
    (.fanInUniform, (1 / 900.0).squareRoot()),
    (.fanInNormal, (1 / 301.0).squareRoot()),
  ]

  @Test(arguments: deviations.indices)
  func momentsAreThosePromised(index: Int) {
    let (initialization, deviation) = Self.deviations[index]
    let values = initialization(
      [100, 300],
      fanIn: 300,
      fanOut: 100,
      .float64,
      using: RandomGenerator(seed: 3)
    )
    // Standard errors for n = 30,000 numbers of at most normal kurtosis.
    let n = 30_000.0
    #expect(abs(values.mean().doubleValue) < 5 * deviation / n.squareRoot())
    let ratio = values.variance().doubleValue / (deviation * deviation)
    #expect(abs(ratio - 1) < 5 * (2 / n).squareRoot())
  }

  @Test func truncatedNormalIsCutAtTwoDeviations() {
    let values = Initialization.truncatedNormal(standardDeviation: 0.1)(
      [10_000],
      fanIn: 1,
      fanOut: 1,
      using: RandomGenerator(seed: 3)
    )
    let largest = values.magnitude.maximum().doubleValue
    #expect(largest <= 0.2 * (1 + 0x1p-23) && largest > 0.19)
  }

  @Test(arguments: [[3, 8], [8, 3], [4, 2, 3]])
  func orthogonalRowsOrColumnsAreAtRightAngles(shape: [Int]) {
    let values = Initialization.orthogonal(gain: 2)(
      shape,
      fanIn: 1,
      fanOut: 1,
      .float64,
      using: RandomGenerator(seed: 3)
    )
    #expect(values.shape == shape)
    let matrix = values.flattened(from: 1)
    let isWide = matrix.shape[0] <= matrix.shape[1]
    let gram = isWide ? matrix.matmul(matrix.transposed()) : matrix.transposed().matmul(matrix)
    #expect(gram.largestDifference(from: .identity(gram.shape[0], .float64) * 4) < 1e-13)
  }
}
