import Tensors

extension ONNXOperators {
  /// `Dropout`, which in training mode draws what ONNX's reference draws of the same seed, but not in a
  /// network that is observed: there an example's answer would depend on its place in the batch.
  static let dropout: [String: ONNXFunction] = [
    "Dropout": { call in
      let (x, ratio) = (try call[0], try call.number(1) ?? 0.5)
      guard try call.number(2) ?? 0 != 0, ratio != 0 else {
        return [x, call.outputCount > 1 ? Tensor.ones(x.shape, .bool) : nil]
      }
      guard call.pass == nil, let seed = try call.optionalInteger("seed") else {
        throw TorchError("it is in training mode, where it draws random numbers")
      }
      guard let seed = UInt32(exactly: seed) else {
        throw TorchError("its seed \(seed) is not from 0 to 4294967295")
      }
      guard ratio > 0, ratio < 1 else { throw TorchError("its ratio \(ratio) is not from 0 to 1") }
      var random = MersenneTwister(seed: seed)
      let kept = (0..<x.count).map { _ in random.nextFraction() >= ratio }
      let mask = Tensor(kept.map { $0 ? 1 : 0 } as [UInt8], shape: x.shape).cast(to: .bool)
        .moved(to: x.device)
      let scale = Double(1 / (1 - Float(ratio)))
      return [x * mask.cast(to: x.elementType) * scale, mask]
    }
  ]
}

/// The Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998) as `numpy.random.RandomState` seeds and
/// asks it, by which ONNX says what operators with a seed draw.
struct MersenneTwister {
  private static let (count, shift) = (624, 397)
  private var state: [UInt32]
  private var place = count

  /// Knuth's linear congruence fills the state.
  init(seed: UInt32) {
    state = [seed]
    for index in 1..<Self.count {
      let last = state[index - 1]
      state.append(1_812_433_253 &* (last ^ last >> 30) &+ UInt32(index))
    }
  }

  /// A number from 0 to below 1 with 53 bits.
  mutating func nextFraction() -> Double {
    let (high, low) = (next() >> 5, next() >> 6)
    return (Double(high) * 67_108_864 + Double(low)) / 9_007_199_254_740_992
  }

  mutating func next() -> UInt32 {
    if place == Self.count { renew() }
    var word = state[place]
    place += 1
    word ^= word >> 11
    word ^= word << 7 & 0x9d2c_5680
    word ^= word << 15 & 0xefc6_0000
    return word ^ word >> 18
  }

  private mutating func renew() {
    for index in 0..<Self.count {
      let mixed =
        state[index] & 0x8000_0000 | state[(index + 1) % Self.count] & 0x7fff_ffff
      let next = state[(index + Self.shift) % Self.count]
      state[index] = next ^ mixed >> 1 ^ (mixed & 1 == 0 ? 0 : 0x9908_b0df)
    }
    place = 0
  }
}
