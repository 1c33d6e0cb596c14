typealias Lanes = SIMD8<Float>

@inline(__always)
func lanes(_ numbers: UnsafePointer<Float>) -> Lanes {
  UnsafeRawPointer(numbers).loadUnaligned(as: Lanes.self)
}
