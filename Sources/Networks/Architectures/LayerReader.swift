/// Reads letters and numbers of a layer one after another.
struct LayerReader {
  private let text: Substring
  private var rest: Substring

  init(_ written: ArchitectureText.Layer) {
    text = written.text
    rest = written.text
  }

  /// Characters read so far.
  var read: Int { text.count - rest.count }
  var isAtEnd: Bool { rest.isEmpty }

  mutating func number(allowingZero: Bool = false) -> Int? {
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits), number > 0 || allowingZero, number <= 1 << 24 else {
      return nil
    }
    rest = rest.dropFirst(digits.count)
    return number
  }

  mutating func letter() -> Character? {
    guard let letter = rest.first, letter.isASCII, letter.isLetter else { return nil }
    rest = rest.dropFirst()
    return letter
  }

  mutating func take(_ letter: Character) -> Bool {
    guard rest.first == letter else { return false }
    rest = rest.dropFirst()
    return true
  }
}
