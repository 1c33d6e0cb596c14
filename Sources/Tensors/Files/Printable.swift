/// Text that is safe to look at, whoever wrote it.
extension String {
  /// The text with characters that steer a terminal or reorder a line written as `\u001b`, which is
  /// also how JSON writes them; tabs and ends of lines stay.
  ///
  /// What files say (names of files, columns, tensors, classes and draws, metadata, keys of recipes)
  /// is carried along as it is, and becomes printable where it leaves the program.
  package var printable: String {
    if !mayHoldControls { return self }
    var result = ""
    for scalar in unicodeScalars {
      if scalar.isControl {
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// By the bytes alone, which is quick: most text is plain.
  private var mayHoldControls: Bool {
    utf8.contains { byte in
      byte < 0x20 && byte != 0x0A && byte != 0x09 || byte == 0x7F || byte == 0xC2 || byte == 0xD8
        || byte == 0xE2 || byte == 0xEF
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool {
    switch value {
    case 0x09, 0x0A: false
    case 0..<0x20, 0x7F..<0xA0: true
    // Marks, embeddings, overrides and isolates of direction, and ends of lines and paragraphs.
    case 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }
}
