/// An explicitly seeded, splittable stream of random numbers.
///
/// A stream is a value: copying it copies the future. The algorithm is Philox4x32-10 and is part
/// of the interface: the 64-bit words that a `(seed, stream)` pair produces never change. Word
/// `2b` and `2b + 1` are the low and high halves of the block with key `seed` and counter
/// `(b, stream)`, all little-endian.
///
/// ```swift
/// var random = RandomStream(seed: 7)
/// let x = random.normal()
/// var other = RandomStream(seed: 7, stream: 1)  // never overlaps with the first
/// ```
///
/// Its state is a few integers and `Codable`, so that a run can be resumed to the same draws.
/// Real-valued draws use the system's `log`, `exp` and `sqrt`; between systems they may differ in
/// the last bit.
public struct RandomStream: RandomNumberGenerator, Codable, Hashable, Sendable {
  /// The seed: the key of the block function.
  public let seed: UInt64
  /// The number of the stream under this seed.
  public let stream: UInt64
  private var block: UInt64 = 0
  private var spare: UInt64 = 0
  private var hasSpare = false

  /// The stream with number `stream` of the family `seed`.
  ///
  /// Streams with different numbers (or seeds) share no block of the generator.
  public init(seed: UInt64, stream: UInt64 = 0) {
    self.seed = seed
    self.stream = stream
  }

  /// The next 64 random bits.
  @inline(__always)
  public mutating func next() -> UInt64 {
    if hasSpare {
      hasSpare = false
      return spare
    }
    let bits = RandomStream.bits(seed: seed, stream: stream, block: block)
    block &+= 1
    spare = bits.high
    hasSpare = true
    return bits.low
  }

  /// An independent stream that depends only on this stream's identity and `index`, not on how
  /// many numbers have been drawn from it.
  ///
  /// The child's seed is a block of the parent's family that ordinary draws cannot reach in
  /// practice (they count down from 2⁶⁴); two children coincide with probability 2⁻⁶⁴.
  public func split(_ index: UInt64) -> RandomStream {
    let child = RandomStream.bits(seed: seed, stream: stream, block: ~index)
    return RandomStream(seed: child.low, stream: child.high)
  }

  private static func bits(
    seed: UInt64,
    stream: UInt64,
    block: UInt64
  ) -> (low: UInt64, high: UInt64) {
    let output = Philox.block(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: block),
        UInt32(truncatingIfNeeded: block >> 32),
        UInt32(truncatingIfNeeded: stream),
        UInt32(truncatingIfNeeded: stream >> 32)
      ),
      key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    )
    return (
      UInt64(output.x) | UInt64(output.y) << 32,
      UInt64(output.z) | UInt64(output.w) << 32
    )
  }
}
