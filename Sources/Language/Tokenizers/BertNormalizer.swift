/// BERT's cleaning of text (Devlin et al. 2019): no control characters, spaces around ideographs, no
/// accents, no capitals.
struct BertNormalizer: Sendable {
  let cleans: Bool
  let separatesIdeographs: Bool
  let stripsAccents: Bool
  let lowercases: Bool

  func callAsFunction(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    if text.allSatisfy({ $0 < 0x80 }) {
      for byte in text { append(byte, to: &result) }
      return result
    }
    var scalars = String.UnicodeScalarView()
    var reader = ScalarReader(text[...])
    while let scalar = reader.next() { append(scalar, to: &scalars) }
    if stripsAccents {
      for scalar in String(scalars).decomposed.unicodeScalars where !scalar.isNonspacingMark {
        append(lowered: scalar, to: &result)
      }
    } else {
      for scalar in scalars { append(lowered: scalar, to: &result) }
    }
    return result
  }

  /// A character of ASCII.
  private func append(_ byte: UInt8, to result: inout [UInt8]) {
    switch byte {
    case 0x20...0x40, 0x5B...0x7E: result.append(byte)
    case 0x41...0x5A: result.append(lowercases ? byte | 0x20 : byte)
    case 0x09, 0x0A, 0x0D: result.append(cleans ? 0x20 : byte)
    default: if !cleans { result.append(byte) }
    }
  }

  private func append(_ scalar: Unicode.Scalar, to result: inout String.UnicodeScalarView) {
    var scalar = scalar
    if cleans {
      switch scalar {
      case "\t", "\n", "\r": scalar = " "
      case "\0", "\u{FFFD}": return
      default:
        if scalar.isOther { return }
        if scalar.isSpace { scalar = " " }
      }
    }
    if separatesIdeographs, scalar.isIdeograph {
      result.append(" ")
      result.append(scalar)
      result.append(" ")
    } else {
      result.append(scalar)
    }
  }

  private func append(lowered scalar: Unicode.Scalar, to result: inout [UInt8]) {
    if !lowercases {
      result.append(scalar)
    } else if scalar.value < 0x80 {
      result.append(0x41...0x5A ~= scalar.value ? UInt8(scalar.value) | 0x20 : UInt8(scalar.value))
    } else {
      result.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
    }
  }
}
