import Foundation

/// Decimal numbers as bytes.
enum CSVNumber {
  private static let powersOfTen = (0...22).map { pow(10, Double($0)) }

  /// The number nearest to what is written, with spaces around it allowed; nil for anything else.
  ///
  /// - Parameter decimalComma: Whether a comma stands for the decimal point, and a point for nothing.
  static func value(of field: ArraySlice<UInt8>, decimalComma: Bool = false) -> Double? {
    var field = field
    if decimalComma {
      guard !field.contains(UInt8(ascii: ".")) else { return nil }
      if let comma = field.firstIndex(of: UInt8(ascii: ",")) { field[comma] = UInt8(ascii: ".") }
    }
    while let first = field.first, first == 0x20 || first == 0x09 { field.removeFirst() }
    while let last = field.last, last == 0x20 || last == 0x09 { field.removeLast() }
    return short(field) ?? long(field)
  }

  /// Up to 15 digits with a decimal point: the integer and the power of ten are both exact, so that
  /// one division rounds once (Clinger, *How to read floating point numbers accurately*, 1990).
  private static func short(_ field: ArraySlice<UInt8>) -> Double? {
    var digits = 0
    var decimals: Int?
    var number = 0
    let isNegative = field.first == UInt8(ascii: "-")
    for byte in isNegative ? field.dropFirst() : field {
      if byte == UInt8(ascii: "."), decimals == nil {
        decimals = 0
      } else if (0x30...0x39).contains(byte), digits < 15 {
        number = 10 * number + Int(byte - 0x30)
        digits += 1
        decimals? += 1
      } else {
        return nil
      }
    }
    guard digits > 0 else { return nil }
    let magnitude = Double(number) / powersOfTen[decimals ?? 0]
    return isNegative ? -magnitude : magnitude
  }

  private static func long(_ field: ArraySlice<UInt8>) -> Double? {
    guard field.count < 1000, let text = String(validating: field, as: UTF8.self) else {
      return nil
    }
    // Hexadecimal numbers are more likely to be identifiers.
    if text.contains(where: { "xXpP".contains($0) }) { return nil }
    return Double(text)
  }

  /// Whether a field says that there is no value.
  static func isMissing(_ field: ArraySlice<UInt8>) -> Bool {
    guard field.count <= 8 else { return false }
    let text = String(decoding: field, as: UTF8.self).trimmingCharacters(in: .whitespaces)
    return ["", "na", "n/a", "null", "nan"].contains(text.lowercased())
  }
}
