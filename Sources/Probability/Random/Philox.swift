/// The Philox4x32 block function with ten rounds: a keyed bijection of 128-bit counters whose
/// outputs pass every known statistical battery.
///
/// `next = philox(counter, key)`; equal counters under equal keys always give equal outputs, and
/// different counters never collide, so streams with different counters are provably disjoint.
///
/// Salmon, Moraes, Dror and Shaw, *Parallel random numbers: as easy as 1, 2, 3* (2011).
enum Philox {
  /// One block: 128 bits of counter and 64 bits of key in, 128 random bits out.
  @inline(__always)
  static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var x = counter
    var k0 = key.x
    var k1 = key.y
    for _ in 0..<10 {
      let p0 = UInt64(x.x) &* 0xD251_1F53
      let p1 = UInt64(x.z) &* 0xCD9E_8D57
      x = SIMD4(
        UInt32(truncatingIfNeeded: p1 >> 32) ^ x.y ^ k0,
        UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ x.w ^ k1,
        UInt32(truncatingIfNeeded: p0)
      )
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return x
  }
}
