import Foundation
import Tensors

/// A type of numbers that libtorch does not compute with: unsigned integers of more than a byte, and
/// numbers of eight bits or less. A tensor of a type that holds all of them carries them.
enum ForeignType: String, Codable, Sendable, CaseIterable {
  case uint16, uint32, uint64, int4, uint4, int2, uint2
  case float8e4m3fn, float8e4m3fnuz, float8e5m2, float8e5m2fnuz, float8e8m0, float4e2m1

  /// The type of the tensor that carries the numbers. Those of 64 bits are carried as their bits.
  var carrier: ElementType {
    switch self {
    case .uint16: .int32
    case .uint32, .uint64: .int64
    case .int4, .int2: .int8
    case .uint4, .uint2: .uint8
    default: .float32
    }
  }

  var bitCount: Int {
    switch self {
    case .uint64: 64
    case .uint32: 32
    case .uint16: 16
    case .int4, .uint4, .float4e2m1: 4
    case .int2, .uint2: 2
    default: 8
    }
  }

  var isFloatingPoint: Bool { carrier == .float32 }

  /// The whole numbers that it has, as far as the carrier tells them apart.
  var bounds: ClosedRange<Int>? {
    switch self {
    case .uint64: 0...Int.max
    case .uint16, .uint32, .uint4, .uint2: 0...(1 << bitCount) - 1
    case .int4, .int2: -(1 << (bitCount - 1))...(1 << (bitCount - 1)) - 1
    default: nil
    }
  }

  /// How the bits of a real number are laid out.
  private struct Layout {
    var exponentBits: Int
    var mantissaBits: Int
    var bias: Int
    /// The largest number, and whether anything beyond is infinite.
    var largest: Double
    var hasInfinity = false
    /// Whether zero has one sign.
    var isUnsignedZero = false
  }

  private var layout: Layout? {
    switch self {
    case .float8e4m3fn: Layout(exponentBits: 4, mantissaBits: 3, bias: 7, largest: 448)
    case .float8e4m3fnuz:
      Layout(exponentBits: 4, mantissaBits: 3, bias: 8, largest: 240, isUnsignedZero: true)
    case .float8e5m2:
      Layout(exponentBits: 5, mantissaBits: 2, bias: 15, largest: 57_344, hasInfinity: true)
    case .float8e5m2fnuz:
      Layout(exponentBits: 5, mantissaBits: 2, bias: 16, largest: 57_344, isUnsignedZero: true)
    case .float4e2m1: Layout(exponentBits: 2, mantissaBits: 1, bias: 1, largest: 6)
    default: nil
    }
  }

  /// The number of some bits.
  func number(of code: UInt8) -> Float {
    if self == .float8e8m0 { return code == 255 ? .nan : Float(exp2(Double(code) - 127)) }
    guard let layout else { return .nan }
    let sign = code >> UInt8(layout.exponentBits + layout.mantissaBits) & 1
    let exponent = Int(code >> UInt8(layout.mantissaBits)) & (1 << layout.exponentBits - 1)
    let mantissa = Double(Int(code) & (1 << layout.mantissaBits - 1))
    if layout.isUnsignedZero, sign == 1, exponent == 0, mantissa == 0 { return .nan }
    let part = mantissa / Double(1 << layout.mantissaBits)
    let size =
      exponent == 0
      ? part * exp2(Double(1 - layout.bias)) : (1 + part) * exp2(Double(exponent - layout.bias))
    let value: Double
    if size <= layout.largest {
      value = size
    } else {
      value = layout.hasInfinity && mantissa == 0 ? .infinity : .nan
    }
    return Float(sign == 1 ? -value : value)
  }

  /// How a number of type `float8e8m0` is rounded to a power of two.
  enum Rounding: String {
    case up, down, nearest
  }

  /// The nearest number of the type, even in doubt.
  ///
  /// - Parameter saturates: Whether what is too large becomes the largest number.
  func rounded(_ x: Double, saturates: Bool = true, _ rounding: Rounding = .up) -> Float {
    if self == .float8e8m0 { return Self.power(Float(x), saturates, rounding) }
    // With four bits there is no NaN.
    guard let layout, !x.isNaN else { return self == .float4e2m1 ? -0.0 : .nan }
    let beyond: Double = layout.hasInfinity ? .infinity : .nan
    var size = abs(x)
    if size.isFinite {
      let exponent = size == 0 ? 1 - layout.bias : max(Int(size.exponent), 1 - layout.bias)
      let step = exp2(Double(exponent - layout.mantissaBits))
      size = (size / step).rounded(.toNearestOrEven) * step
    }
    if size > layout.largest {
      size = saturates || self == .float4e2m1 ? layout.largest : beyond
    }
    if size == 0, layout.isUnsignedZero { return 0 }
    return Float(x.sign == .minus ? -size : size)
  }

  private static func power(_ x: Float, _ saturates: Bool, _ rounding: Rounding) -> Float {
    let bits = x.bitPattern
    var exponent = bits >> 23 & 0xff
    guard exponent != 0xff else { return .nan }
    let goesUp: Bool
    switch rounding {
    case .up: goesUp = bits & 0x7f_ffff != 0
    case .down: goesUp = false
    case .nearest:
      let (half, rest) = (bits & 0x40_0000 != 0, bits & 0x3f_ffff != 0)
      goesUp = half && (rest || exponent > 0)
    }
    if goesUp, !(saturates && exponent == 0xfe) { exponent += 1 }
    return ForeignType.float8e8m0.number(of: UInt8(truncatingIfNeeded: exponent))
  }

  private static let and = Torch("bitwise_and", "Scalar")
  private static let xor = Torch("bitwise_xor", "Scalar")
  private static let subtract = Torch("sub", "Scalar")

  /// Carried numbers brought back into the type after arithmetic: integers modulo their bits.
  func wrapped(_ x: Tensor) throws -> Tensor {
    let type = x.elementType
    switch self {
    case .uint64: return x.cast(to: .int64)
    case .uint16, .uint32, .uint4, .uint2:
      let wide = type == .int64 || type == .int32 ? x : x.cast(to: .int64)
      return try Self.and(.tensor(wide), .integer((1 << bitCount) - 1)).cast(to: carrier)
    case .int4, .int2:
      let half = 1 << (bitCount - 1)
      let low = try Self.and(.tensor(x.cast(to: .int64)), .integer((1 << bitCount) - 1))
      let turned = try Self.xor(.tensor(low), .integer(half))
      return try Self.subtract(.tensor(turned), .integer(half), .integer(1)).cast(to: carrier)
    default: return x
    }
  }

  /// Real numbers rounded to those of the type.
  func rounded(_ x: Tensor, saturates: Bool, _ rounding: Rounding = .up) -> Tensor {
    let numbers = x.moved(to: .cpu).cast(to: .float64).scalars(Double.self)
    return Tensor(numbers.map { rounded($0, saturates: saturates, rounding) }, shape: x.shape)
      .moved(to: x.device)
  }

  /// Numbers of a file, packed as tightly as whole bytes allow, the lowest bits first.
  func unpacked(_ bytes: [UInt8], shape: [Int], count: Int) -> Tensor {
    guard bitCount <= 8 else {
      let width = bitCount / 8
      let numbers = (0..<count).map { index -> Int in
        (0..<width).reduce(0) { $0 | Int(bytes[index * width + $1]) << (8 * $1) }
      }
      return Tensor(numbers, shape: shape).cast(to: carrier)
    }
    let perByte = 8 / bitCount
    let mask = UInt8((1 << bitCount) - 1)
    return number(
      codes: (0..<count).map { bytes[$0 / perByte] >> UInt8($0 % perByte * bitCount) & mask },
      shape: shape
    )
  }

  /// The numbers of some bits each.
  func number(codes: [UInt8], shape: [Int]) -> Tensor {
    if isFloatingPoint { return Tensor(codes.map { number(of: $0) }, shape: shape) }
    let half = 1 << (bitCount - 1)
    let isSigned = self == .int4 || self == .int2
    let numbers = codes.map { isSigned && Int($0) >= half ? Int($0) - 2 * half : Int($0) }
    return Tensor(numbers, shape: shape).cast(to: carrier)
  }
}
