/// A seed for part `index` of something seeded: the SplitMix64 sequence of `seed` (Steele, Lea &
/// Flood 2014), in which nearby seeds and parts give unrelated numbers.
package func mixed(_ seed: UInt64, _ index: Int) -> UInt64 {
  func scrambled(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  return scrambled(scrambled(seed) ^ UInt64(bitPattern: Int64(index)))
}
