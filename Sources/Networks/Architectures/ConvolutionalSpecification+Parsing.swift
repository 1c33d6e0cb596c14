extension ConvolutionalSpecification {
  static func layer(_ written: ArchitectureText.Layer, in text: String) throws -> Layer {
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
