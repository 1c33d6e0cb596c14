import Distill

/// The same numbers as `numbers` in `peers/worker.py`: uniform in [0, 1) with 24 bits, from the
/// SplitMix64 sequence of `seed` (Steele, Lea & Flood 2014).
func numbers(_ count: Int, seed: Int) -> [Float] {
  (0..<count).map { index in
    var z = UInt64(seed) << 32 &+ UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Float((z ^ (z >> 31)) >> 40) * 0x1p-24
  }
}

/// Uniform in ±`bound`.
func symmetric(_ count: Int, within bound: Float, seed: Int) -> [Float] {
  numbers(count, seed: seed).map { ($0 - 0.5) * (2 * bound) }
}

/// A perceptron with the same parameters as `perceptron` in `peers/worker.py`.
func perceptron(_ widths: [Int], _ activation: Activation = .relu, seed: Int) -> MLP {
  let network = MLP(widths, activation: activation, using: RandomGenerator(seed: 0))
  for (index, layer) in network.layers.enumerated() {
    let (inputs, outputs) = (widths[index], widths[index + 1])
    let weights = symmetric(
      inputs * outputs,
      within: 1 / Float(inputs).squareRoot(),
      seed: seed + index
    )
    layer.weight.replace(with: Tensor(weights, shape: [outputs, inputs]))
    layer.bias?.replace(with: .zeros([outputs]))
  }
  return network
}

let small = [784, 50, 30, 10]
let large = [784, 500, 300, 10]

/// Images of 784 pixels.
func images(_ count: Int) -> Tensor { Tensor(numbers(count * 784, seed: 1), shape: [count, 784]) }

/// What a teacher says about them.
func softTargets(_ count: Int) -> Tensor {
  (Tensor(numbers(count * 10, seed: 2), shape: [count, 10]) * 4).softmax()
}

/// And what they are.
func classes(_ count: Int) -> Tensor {
  Tensor(numbers(count, seed: 3).map { Int($0 * 10) })
}

/// Black and white images, 13% of whose pixels are on, as handwritten digits have them.
func binaryImages(_ count: Int) -> [UInt8] {
  numbers(count * 784, seed: 1).map { $0 < 0.13 ? 1 : 0 }
}
