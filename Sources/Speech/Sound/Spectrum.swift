import Tensors

private enum Aten {
  static let rfft = Operator("aten::fft_rfft")
  static let irfft = Operator("aten::fft_irfft")
  static let viewAsReal = Operator("aten::view_as_real")
  static let viewAsComplex = Operator("aten::view_as_complex")
  static let multiplied = Operator("aten::mul", "Tensor")
}

/// The discrete Fourier transform of real numbers along the last axis.
struct Spectrum {
  /// `[…, length/2 + 1, 2]`: real and imaginary parts.
  let parts: Tensor

  init(parts: Tensor) { self.parts = parts }

  /// - Parameter length: What the numbers are cut to, or filled up with zeros to.
  init(of numbers: Tensor, length: Int? = nil) {
    let transformed = Aten.rfft(
      .tensor(numbers),
      length.map(Argument.integer) ?? .none,
      .integer(-1),
      .none
    )
    parts = Aten.viewAsReal(.tensor(transformed))
  }

  var power: Tensor { parts.squared.sum(along: -1) }

  /// The numbers whose spectrum it is.
  func inverse(length: Int) -> Tensor {
    Aten.irfft(.tensor(complex), .integer(length), .integer(-1), .none)
  }

  /// That of the convolution.
  func times(_ other: Spectrum) -> Spectrum {
    let product = Aten.multiplied(.tensor(complex), .tensor(other.complex))
    return Spectrum(parts: Aten.viewAsReal(.tensor(product)))
  }

  /// - Parameter gains: One for each frequency, the last axis.
  func times(_ gains: Tensor) -> Spectrum { Spectrum(parts: parts * gains.insertingAxis(-1)) }

  private var complex: Tensor { Aten.viewAsComplex(.tensor(parts)) }
}
