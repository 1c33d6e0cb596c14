extension ConvolutionalSpecification {
  /// `1x28x28`, or `28x28` for one channel; nil when the text is something else.
  static func size(_ written: WrittenLayer, in text: String) throws -> [Int]? {
    guard written.text.contains("x") else { return nil }
    let lengths = written.text.split(separator: "x", omittingEmptySubsequences: false).map {
      Int($0)
    }
    let sizes = lengths.compactMap { $0 }.filter { (1...65_536).contains($0) }
    guard sizes.count == lengths.count, (2...3).contains(sizes.count) else {
      throw SpecificationError(
        text,
        at: written.place,
        "'\(written.text)' is not the size of an image: write channels x height x width, such as "
          + "1x28x28"
      )
    }
    return sizes.count == 2 ? [1] + sizes : sizes
  }

  static func layer(_ written: WrittenLayer, in text: String) throws -> Layer {
    if written.text == "gap" { return .globalAverage }
    var reader = LayerReader(written)
    func refused(_ problem: String? = nil) -> SpecificationError {
      SpecificationError(
        text,
        at: written.place + reader.read,
        problem
          ?? "'\(written.text)' is not a layer: write such as 16c3, 16c3s2, 16r3, m2, a2, gap, d0.2 "
          + "or 10"
      )
    }
    guard let count = reader.number() else {
      guard let kind = reader.letter() else { throw refused() }
      if kind == "d" {
        let rest = written.text.dropFirst()
        guard let probability = Double(rest), (0..<1).contains(probability) else {
          throw refused("dropout needs a probability from 0 to below 1, such as d0.2")
        }
        return .dropout(probability)
      }
      guard kind == "m" || kind == "a", let size = reader.number() else { throw refused() }
      var stride = size
      if reader.take("s") {
        guard let own = reader.number() else { throw refused("s needs a stride, such as s2") }
        stride = own
      }
      guard reader.isAtEnd else { throw refused() }
      return kind == "m"
        ? .maxPool(size: size, stride: stride) : .averagePool(size: size, stride: stride)
    }
    if reader.isAtEnd { return .linear(count) }
    guard let kind = reader.letter(), kind == "c" || kind == "r", let size = reader.number() else {
      throw refused()
    }
    var window = Window(filters: count, size: size, padding: size / 2)
    while let option = reader.letter() {
      if option == "b" && kind == "c" {
        window.isNormalized = true
        continue
      }
      guard "spg".contains(option), let value = reader.number(allowingZero: option == "p") else {
        throw refused("after a convolution may stand s, p or g with a number, or b")
      }
      switch option {
      case "s": window.stride = value
      case "p": window.padding = value
      default: window.groups = value
      }
    }
    guard reader.isAtEnd else { throw refused() }
    guard kind == "c" || (size % 2 == 1 && window.padding == size / 2) else {
      throw refused("a residual block needs windows of odd size that keep the image's size")
    }
    return kind == "c" ? .convolution(window) : .residual(window)
  }
}

/// Reads letters and numbers of a layer one after another.
private struct LayerReader {
  private let text: Substring
  private var rest: Substring

  init(_ written: WrittenLayer) {
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
