import Foundation

/// Questions about characters that tokenizers split and clean by.
///
/// The `tokenizers` package answers some of them by tables of Unicode 8 and 9. Ids are to be the same,
/// so later characters count as unassigned here too, and the few whose category was another then are
/// named.
extension Unicode.Scalar {
  private func isAssigned(in version: Int) -> Bool {
    if value < 0x370 { return true }
    guard let age = properties.age else { return false }
    return age.major <= version
  }

  /// White_Space.
  var isSpace: Bool { value < 0x80 ? value == 0x20 || 9...13 ~= value : properties.isWhitespace }

  var isASCIIPunctuation: Bool {
    switch value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
  }

  /// One of the categories P… of Unicode 8.
  var isPunctuation: Bool {
    switch properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      isAssigned(in: 8)
    default: value == 0x166D || value == 0x111C9
    }
  }

  /// Neither visible nor space, as BERT sees it: one of the categories Cc, Cf and Co of Unicode 8.
  var isOther: Bool {
    switch properties.generalCategory {
    case .control, .format, .privateUse, .surrogate: isAssigned(in: 8)
    default: false
    }
  }

  /// Mn of Unicode 8.
  var isNonspacingMark: Bool {
    if value < 0x300 { return false }
    switch value {
    case 0x1734: return true
    case 0x1885, 0x1886, 0xA9BD, 0x111C9: return false
    default: return properties.generalCategory == .nonspacingMark && isAssigned(in: 8)
    }
  }

  /// One of the categories M… of Unicode 9.
  var isMark: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: isAssigned(in: 9) && value != 0x111C9
    default: value == 0x1CF2 || value == 0x1CF3
    }
  }

  /// Whether normal forms leave a character alone, whatever stands around it.
  fileprivate var isLaterThanNormalForms: Bool { !isAssigned(in: 9) }

  var isLetter: Bool {
    if value < 0x80 { return 0x41...0x5A ~= value || 0x61...0x7A ~= value }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return true
    default: return false
    }
  }

  var isNumber: Bool {
    if value < 0x80 { return 0x30...0x39 ~= value }
    switch properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: return true
    default: return false
    }
  }

  /// What regular expressions call `\w`.
  var isWord: Bool {
    if properties.isAlphabetic || properties.isJoinControl { return true }
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
      return true
    default: return false
    }
  }

  /// An ideograph of Chinese, Japanese or Korean, as BERT's authors list them.
  var isIdeograph: Bool {
    switch value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
      0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }
}

/// Text in UTF-8, a scalar at a time.
struct ScalarReader {
  let text: ArraySlice<UInt8>
  private(set) var place: Int

  init(_ text: ArraySlice<UInt8>) {
    self.text = text
    place = text.startIndex
  }

  mutating func skip(to place: Int) { self.place = place }

  var peek: Unicode.Scalar? { place < text.endIndex ? scalar().value : nil }

  mutating func next() -> Unicode.Scalar? {
    guard place < text.endIndex else { return nil }
    let (value, count) = scalar()
    place += count
    return value
  }

  /// Texts come from strings, which are valid.
  private func scalar() -> (value: Unicode.Scalar, count: Int) {
    let first = UInt32(text[place])
    if first < 0x80 { return (Unicode.Scalar(UInt8(first)), 1) }
    let count = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    var value = first & (0xFF >> UInt32(count + 1))
    for offset in 1..<count { value = value << 6 | UInt32(text[place + offset] & 0x3F) }
    return (Unicode.Scalar(value) ?? "\u{FFFD}", count)
  }
}

extension [UInt8] {
  mutating func append(_ scalar: Unicode.Scalar) {
    if scalar.value < 0x80 {
      append(UInt8(scalar.value))
    } else {
      append(contentsOf: UTF8.encode(scalar)!)
    }
  }
}

extension String {
  /// In a normal form of Unicode 9: characters that came later stay, and nothing moves past them.
  func normalized(_ form: (String) -> String) -> String {
    guard unicodeScalars.contains(where: \.isLaterThanNormalForms) else { return form(self) }
    var (result, known) = (String.UnicodeScalarView(), String.UnicodeScalarView())
    for scalar in unicodeScalars {
      if scalar.isLaterThanNormalForms {
        result.append(contentsOf: form(String(known)).unicodeScalars)
        result.append(scalar)
        known = String.UnicodeScalarView()
      } else {
        known.append(scalar)
      }
    }
    result.append(contentsOf: form(String(known)).unicodeScalars)
    return String(result)
  }

  var decomposed: String { normalized(\.decomposedStringWithCanonicalMapping) }
}
