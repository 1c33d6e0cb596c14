/// Eight observations at a time. Additions, products and bit operations alone, so that every
/// processor's baseline vectors serve; no fused product, which some baselines emulate in software.
typealias Lanes = SIMD8<Float>

extension Lanes {
  /// `exp(−self)` for lanes in [0, ∞), to about 2 units in the last place; below 10⁻³⁷ it stays
  /// there instead of falling to zero.
  ///
  /// Cody and Waite's reduction `x = n log 2 + r` and Cephes' polynomial for exp(r).
  @inline(__always)
  var negativeExponential: Lanes {
    let capped = self.replacing(with: 86, where: self .> 86)
    let shifted = capped * Lanes(repeating: -1.44269504) + Lanes(repeating: 12_582_912)
    let n = shifted - Lanes(repeating: 12_582_912)
    let r = (n * Lanes(repeating: -0.693359375) - capped) + n * Lanes(repeating: 2.12194440e-4)
    var p = r * Lanes(repeating: 1.9875691500e-4) + Lanes(repeating: 1.3981999507e-3)
    p = p * r + Lanes(repeating: 8.3334519073e-3)
    p = p * r + Lanes(repeating: 4.1665795894e-2)
    p = p * r + Lanes(repeating: 1.6666665459e-1)
    p = p * r + Lanes(repeating: 5.0000001201e-1)
    p = p * (r * r) + r + Lanes(repeating: 1)
    // The low bits of `shifted` hold n: adding it to the exponent field multiplies by 2ⁿ.
    let power: SIMD8<UInt32> = unsafeBitCast(shifted, to: SIMD8<UInt32>.self)
    let bits: SIMD8<UInt32> = unsafeBitCast(p, to: SIMD8<UInt32>.self)
    let scaled: SIMD8<UInt32> = bits &+ (power &<< SIMD8<UInt32>(repeating: 23))
    return unsafeBitCast(scaled, to: Lanes.self)
  }
}
