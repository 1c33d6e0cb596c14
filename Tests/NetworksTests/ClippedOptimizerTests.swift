import Tensors
import Testing

@testable import Networks

@Suite struct ClippedOptimizerTests {
  private func step(_ gradients: [Tensor], norm: Double) -> [[Double]] {
    let parameters = gradients.map { Parameter(Tensor.zeros($0.shape, .float64)) }
    let optimizer = ClippedOptimizer(SGD(learningRate: 1), norm: norm)
    optimizer.update(parameters, along: gradients)
    return parameters.map { $0.value.scalars(Double.self) }
  }

  /// A gradient (3, 4; 12) of length 13 over two parameters.
  private let gradients = [Tensor([3.0, 4.0]), Tensor([12.0])]

  @Test func longGradientsAreScaledAsOne() {
    let moved = step(gradients, norm: 6.5)
    #expect(moved == [[-1.5, -2], [-6]])
  }

  @Test(arguments: [13.0, 100])
  func shortOnesStay(norm: Double) {
    #expect(step(gradients, norm: norm) == [[-3, -4], [-12]])
  }

  @Test func whatIsRememberedIsTheOptimizersOwn() {
    let clipped = ClippedOptimizer(Adam(), norm: 1e9)
    clipped.learningRate = 0.1
    let optimizers: [any Optimizer] = [Adam(learningRate: 0.1), clipped]
    let pair = optimizers.map { (optimizer: any Optimizer) -> [String: [Double]] in
      optimizer.update([Parameter(Tensor([1.0, 2.0]))], along: [Tensor([0.5, -0.5])])
      return optimizer.state.mapValues { $0.cast(to: .float64).scalars(Double.self) }
    }
    #expect(pair[0] == pair[1] && !pair[0].isEmpty)
  }
}
