import Tensors
import Testing

@testable import Networks

@Suite struct CountingTests {
  private let generator = RandomGenerator(seed: 1)

  /// Counted by hand from the definitions.
  @Test func multiplyAddsOfLayers() {
    let mlp = MLP([784, 50, 30, 10], using: generator)
    #expect(mlp.multiplyAdds(for: .zeros([1, 784])) == 784 * 50 + 50 * 30 + 30 * 10)
    #expect(mlp.multiplyAdds(for: .zeros([3, 784])) == 3 * 41_000)
    // 5 × 4 with zeros around stays so: 20 positions, each 6 filters of 4 · 9 weights.
    let convolution = Convolution2D(4, 6, size: 3, padding: 1, using: generator)
    #expect(convolution.multiplyAdds(for: .zeros([1, 4, 5, 4])) == 20 * 6 * 4 * 9)
    // In two groups each filter sees half of the channels; stride 2 leaves 3 × 2 positions.
    let grouped = Convolution2D(4, 6, size: 3, stride: 2, padding: 1, groups: 2, using: generator)
    #expect(grouped.multiplyAdds(for: .zeros([1, 4, 5, 4])) == 6 * 6 * 2 * 9)
    let signal = Convolution1D(4, 6, size: 3, using: generator)
    #expect(signal.multiplyAdds(for: .zeros([2, 4, 7])) == 2 * 5 * 6 * 4 * 3)
    let transposed = TransposedConvolution2D(4, 6, size: 3, using: generator)
    #expect(transposed.multiplyAdds(for: .zeros([1, 4, 5, 4])) == 20 * 4 * 6 * 9)
  }

  @Test func multiplyAddsOfSequences() {
    // Two directions, four gates of 5 from 3 inputs and 5 states, at 2 · 7 positions.
    let lstm = LSTM(3, 5, isBidirectional: true, using: generator)
    #expect(lstm.multiplyAdds(for: .zeros([2, 7, 3])) == 14 * 2 * 4 * 5 * (3 + 5))
    // Four maps of width 8, and 7 × 7 pairs twice, in whatever number of heads.
    let attention = MultiHeadAttention(8, heads: 2, using: generator)
    #expect(attention.multiplyAdds(for: .zeros([1, 7, 8])) == 7 * 4 * 64 + 2 * 7 * 7 * 8)
  }

  @Test func partsAddUp() {
    let block = Sequential(
      Residual(Linear(6, 6, using: generator)),
      Flatten(),
      Linear(6, 2, using: generator)
    )
    #expect(block.multiplyAdds(for: .zeros([1, 6])) == 36 + 12)
    let pass = Pass()
    _ = block(.zeros([1, 6]), pass)
    #expect(pass.multiplyAdds == 0)
  }
}
