import Foundation
import Tensors

/// The two laws of telephony by which 8 bits hold a sample (ITU-T G.711).
public enum Companding: Sendable, CaseIterable {
  case aLaw, muLaw

  /// Bytes as samples of −1 … 1, Float32 of the same shape.
  public func expanded(_ bytes: Tensor) -> Tensor {
    let table = Tensor((0...255).map { Float(linear(UInt8($0))) / 32_768 }, on: bytes.device)
    return table[rows: bytes.cast(to: .int64).flattened()].reshaped(to: bytes.shape)
  }

  /// The nearest of the 256 samples that there are, for each of −1 … 1.
  public func rounded(_ samples: Tensor) -> Tensor {
    let integers = Set((UInt8.min...UInt8.max).map(linear)).sorted()
    let levels = integers.map { Double($0) / 32_768 }
    let middles: [Double] = zip(levels, levels.dropFirst()).map { ($0 + $1) / 2 }
    let boundaries = Tensor(middles, on: samples.device).cast(to: samples.elementType)
    let nearest = boundaries.insertionIndices(of: samples.flattened())
    return Tensor(levels, on: samples.device).cast(to: samples.elementType)[rows: nearest]
      .reshaped(to: samples.shape)
  }

  /// A byte as an integer of 16 bits.
  private func linear(_ byte: UInt8) -> Int {
    let code = self == .aLaw ? byte ^ 0x55 : ~byte
    let (segment, mantissa) = (Int(code >> 4) & 7, Int(code & 15) << 4)
    switch self {
    case .aLaw:
      let size = segment == 0 ? mantissa + 8 : (mantissa + 0x108) << (segment - 1)
      return code & 0x80 != 0 ? size : -size
    case .muLaw:
      let size = (mantissa >> 1 + 0x84) << segment - 0x84
      return code & 0x80 != 0 ? -size : size
    }
  }
}
