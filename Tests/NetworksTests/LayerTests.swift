import Foundation
import Tensors
import Testing

@testable import Networks

@Suite struct LayerTests {
  @Test(arguments: LayerCase.all.filter { $0.treatsExamplesApart && !$0.isTraining })
  func splittingAndPermutingTheBatchChangesNothing(layerCase: LayerCase) {
    let generator = RandomGenerator(seed: 21)
    let layer = layerCase.scrambled(generator)
    let input = layerCase.input(generator)
    let whole = layer(input)
    let parts = Tensor.concatenated([layer(input[0..<1]), layer(input[1..<input.shape[0]])])
    // Sums of at most a hundred products of order 1, in another order.
    #expect(parts.largestDifference(from: whole) <= 100 * 0x1p-53 * 10)
    let order = Tensor.permutation(input.shape[0], using: generator)
    let permuted = layer(input[rows: order])
    #expect(permuted.largestDifference(from: whole[rows: order]) <= 100 * 0x1p-53 * 10)
  }

  @Test(arguments: LayerCase.all)
  func tensorsTakenFromParametersStay(layerCase: LayerCase) {
    let generator = RandomGenerator(seed: 22)
    let layer = layerCase.scrambled(generator)
    let taken = layer.namedParameters.map(\.parameter.value)
    let numbers = taken.map { $0.scalars(Double.self) }
    for _ in 0..<2 {
      _ = layer(layerCase.input(generator), layerCase.pass)
    }
    #expect(taken.map { $0.scalars(Double.self) } == numbers)
  }

  @Test func dropoutKeepsTheStatedShareAndTheMean() {
    let count = 100_000
    let input = Tensor.ones([count])
    let dropout = Dropout(0.3)
    let output = dropout(input, Pass(training: RandomGenerator(seed: 31)))
    let values = Set(output.scalars(Float.self))
    #expect(values == [0, 1 / 0.7])
    // A share of 0.7 has the standard error √(0.7·0.3/n); 5 of them are missed once in 1.7 million.
    let kept = (output .> 0).cast(to: .float64).mean().doubleValue
    #expect(abs(kept - 0.7) < 5 * (0.21 / Double(count)).squareRoot())
    #expect(dropout(input).largestDifference(from: input) == 0)
    #expect(Dropout(1)(input, Pass(training: RandomGenerator(seed: 1))).sum().doubleValue == 0)
  }

  @Test func dropoutIsAFunctionOfTheGenerator() {
    let input = Tensor.ones([64])
    func run(_ seed: UInt64) -> Tensor {
      Dropout()(input, Pass(training: RandomGenerator(seed: seed)))
    }
    #expect(run(1).largestDifference(from: run(1)) == 0)
    #expect(run(1).largestDifference(from: run(2)) > 0)
  }

  @Test func runningStatisticsApproachThoseOfTheData() {
    let generator = RandomGenerator(seed: 41)
    let layer = BatchNorm(3, momentum: nil, .float64)
    let means = Tensor([1, -2, 0.5] as [Double])
    let deviations = Tensor([0.5, 1, 3] as [Double])
    for _ in 0..<100 {
      let batch = Tensor.normal([50, 3], .float64, using: generator) * deviations + means
      let output = layer(batch, Pass(training: generator))
      #expect(output.mean(along: 0).magnitude.maximum().doubleValue < 1e-13)
    }
    #expect(layer.numBatchesTracked.value.scalar(Int.self) == 100)
    // Of 5,000 draws: standard errors σ/√n of the mean and σ²·√(2/n) of the variance.
    let mean = (layer.runningMean.value - means) / deviations
    #expect(mean.magnitude.maximum().doubleValue < 5 / 5000.0.squareRoot())
    let variance = layer.runningVar.value / deviations.squared - 1
    #expect(variance.magnitude.maximum().doubleValue < 5 * (2 / 5000.0).squareRoot())
  }

  @Test func batchNormOfOneExampleTraps() async {
    await #expect(processExitsWith: .failure) {
      _ = BatchNorm(3)(.ones([1, 3]), Pass(training: RandomGenerator(seed: 1)))
    }
  }

  @Test func attentionToItselfIsAttentionToTheSameSequence() {
    let generator = RandomGenerator(seed: 51)
    let layer = MultiHeadAttention(6, heads: 3, .float64, using: generator)
    let x = Tensor.normal([2, 5, 6], .float64, using: generator)
    #expect(layer(x).largestDifference(from: layer.attended(from: x, to: x)) < 1e-14)
  }

  @Test func maskedAndFuturePositionsHaveNoInfluence() {
    let generator = RandomGenerator(seed: 52)
    let layer = MultiHeadAttention(6, heads: 3, isCausal: true, .float64, using: generator)
    let x = Tensor.normal([2, 5, 6], .float64, using: generator)
    let changed = Tensor.concatenated(
      [x.slicing(0..<4, along: 1), .normal([2, 1, 6], .float64, using: generator)],
      along: 1
    )
    let (a, b) = (layer(x).slicing(0..<4, along: 1), layer(changed).slicing(0..<4, along: 1))
    #expect(a.largestDifference(from: b) < 1e-14)

    let free = MultiHeadAttention(6, heads: 3, .float64, using: generator)
    let mask = Tensor([true, true, true, true, false])
    let (c, d) = (
      free.attended(from: x, to: x, mask: mask), free.attended(from: x, to: changed, mask: mask)
    )
    #expect(c.largestDifference(from: d) < 1e-14)
    #expect(free(x).largestDifference(from: c) > 1e-3)
  }

  @Test(arguments: [1, 2])
  func recurrencesContinueFromTheirState(layers: Int) {
    let generator = RandomGenerator(seed: 61)
    let x = Tensor.normal([2, 6, 4], .float64, using: generator)
    let (first, second) = (x.slicing(0..<2, along: 1), x.slicing(2..<6, along: 1))
    let lstm = LSTM(4, 3, layers: layers, .float64, using: generator)
    let head = lstm.unrolled(first)
    let tail = lstm.unrolled(second, from: head.state)
    let joined = Tensor.concatenated([head.outputs, tail.outputs], along: 1)
    #expect(joined.largestDifference(from: lstm(x)) < 1e-14)
    #expect(tail.state.cell.shape == [layers, 2, 3])
    let gru = GRU(4, 3, layers: layers, .float64, using: generator)
    let start = gru.unrolled(first)
    let rest = gru.unrolled(second, from: start.state)
    let whole = Tensor.concatenated([start.outputs, rest.outputs], along: 1)
    #expect(whole.largestDifference(from: gru(x)) < 1e-14)
  }

  @Test func tapsReachIntoLayers() {
    let generator = RandomGenerator(seed: 71)
    let net = Sequential(
      Residual(Sequential(Linear(4, 4, using: generator), Activation.relu)),
      Linear(4, 2, using: generator)
    )
    let pass = Pass(taps: ["0", "0.body.1"])
    let input = Tensor.normal([3, 4], using: generator)
    _ = net(input, pass)
    #expect(pass.features.keys.sorted() == ["0", "0.body.1"])
    let difference = pass.features["0"]! - input
    #expect(difference.largestDifference(from: pass.features["0.body.1"]!) < 1e-6)
    #expect(net.namedParameters.first?.path == "0.body.0.weight")
  }
}
