/// Random numbers of one scene: the SplitMix64 sequence (Steele, Lea & Flood 2014).
struct Dice {
  private var state: UInt64

  init(seed: UInt64, _ number: Int) {
    state = seed
    state = next() ^ UInt64(bitPattern: Int64(number))
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// On [0, 1).
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// 0 ..< `count`.
  mutating func integer(_ count: Int) -> Int { Int(uniform() * Double(count)) }
}
