import Foundation
import Tensors

/// How a NumPy type string such as `<f8` is read.
struct NumPyType {
  /// The type of the tensor.
  var elementType: ElementType
  var isBigEndian: Bool
  /// Bytes per element in the file: half of the tensor's for unsigned integers, which are widened.
  var storedByteCount: Int
  /// Whether the elements are unsigned integers that libtorch does not have.
  var isUnsigned: Bool

  private static let names: [(name: String, type: ElementType)] = [
    ("u1", .uint8), ("i1", .int8), ("i2", .int16), ("i4", .int32), ("i8", .int64),
    ("f2", .float16), ("f4", .float32), ("f8", .float64), ("b1", .bool),
  ]
  /// `u8` keeps its width: its elements must fit a signed integer.
  private static let unsigned: [String: (type: ElementType, size: Int)] = [
    "u2": (.int32, 2), "u4": (.int64, 4), "u8": (.int64, 8),
  ]

  init?(_ text: String) {
    guard let order = text.first, "<>=|".contains(order) else { return nil }
    let name = text.dropFirst()
    isBigEndian = order == ">" || (order == "=" && hostIsBigEndian)
    if let type = Self.names.first(where: { $0.name == name })?.type {
      (elementType, storedByteCount, isUnsigned) = (type, type.byteCount, false)
    } else if let wide = Self.unsigned[String(name)] {
      (elementType, storedByteCount, isUnsigned) = (wide.type, wide.size, true)
    } else {
      return nil
    }
    // `|` means that there is no byte order.
    if order == "|" && storedByteCount > 1 { return nil }
  }

  /// The type string for a tensor's elements on this machine; nil where NumPy has no such type.
  static func text(for type: ElementType) -> String? {
    guard let name = names.first(where: { $0.type == type })?.name else { return nil }
    return (type.byteCount == 1 ? "|" : hostIsBigEndian ? ">" : "<") + name
  }

  /// Reads the elements of a shape.
  func elements(_ shape: [Int], from source: any ByteSource) throws -> Tensor {
    guard isUnsigned else {
      return try source.elements(shape, elementType, isBigEndian: isBigEndian)
    }
    let carrier: ElementType = [2: .int16, 4: .int32, 8: .int64][storedByteCount]!
    let start = source.position
    let signed = try source.elements(shape, carrier, isBigEndian: isBigEndian)
    let wide = signed.cast(to: elementType)
    let isNegative = wide .< 0
    if storedByteCount < 8 {
      return wide + isNegative.cast(to: elementType) * Double(1 << (8 * storedByteCount))
    }
    guard !isNegative.containsTrue else {
      throw FileError(
        source.url,
        at: .byte(start),
        "a 64-bit unsigned integer is larger than 2⁶³ − 1",
        "save the array as int64 or float64"
      )
    }
    return wide
  }
}
