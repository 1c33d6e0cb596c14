import Foundation

/// The numbers of the zip format that are needed here (PKWARE, *APPNOTE.TXT*, 6.3.10).
enum Zip {
  static let localHeader: UInt32 = 0x0403_4b50
  static let directoryEntry: UInt32 = 0x0201_4b50
  static let directoryEnd: UInt32 = 0x0605_4b50
  static let directoryEnd64: UInt32 = 0x0606_4b50
  static let directoryEnd64Locator: UInt32 = 0x0706_4b50
  /// The extra field that holds lengths of 64 bits.
  static let extra64: UInt16 = 1
  /// Instead of a length that is too large: look in the extra field.
  static let see64: UInt32 = 0xffff_ffff

  enum Method: UInt16 {
    case stored = 0
    case deflated = 8
  }
}

/// Reads little-endian numbers one after another, never beyond the end.
struct LittleEndianReader {
  private var bytes: ArraySlice<UInt8>

  init(_ bytes: some Sequence<UInt8>) { self.bytes = ArraySlice(bytes) }

  var count: Int { bytes.count }

  /// The next number; nil when fewer bytes are left.
  mutating func next<Number: FixedWidthInteger & UnsignedInteger>(
    _ type: Number.Type = Number.self
  ) -> Number? {
    take(Number.bitWidth / 8).map { $0.reversed().reduce(0) { $0 << 8 | Number($1) } }
  }

  /// The next number as a length; nil when fewer bytes are left or it is beyond the machine.
  mutating func length<Number: FixedWidthInteger & UnsignedInteger>(
    _ type: Number.Type
  ) -> Int? {
    next(type).flatMap { Int(exactly: $0) }
  }

  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= bytes.count else { return nil }
    defer { bytes = bytes.dropFirst(count) }
    return bytes.prefix(count)
  }
}

/// The bytes of numbers, little-endian.
struct LittleEndianBytes {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }
}
