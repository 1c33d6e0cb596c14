import Foundation
import Tensors

/// Frequencies of signals.
enum ONNXSignals {
  private static let transform = Torch("fft_fft")
  private static let inverse = Torch("fft_ifft")
  private static let realInverse = Torch("fft_irfft")
  private static let complex = Torch("view_as_complex")
  private static let real = Torch("view_as_real")
  private static let contiguous = Torch("contiguous")
  private static let unfold = Torch("unfold")
  private static let multiply = Torch("mul", "Tensor")

  static let all: [String: ONNXFunction] = [
    "DFT": { call in
      let x = try call[0]
      let isOnesided = try call.integer("onesided", 0) != 0
      let named =
        try call.opset >= 20 ? call.wholeNumber(2) ?? -2 : call.integer("axis", 1)
      let axis = try x.axis(named)
      guard axis < x.rank - 1 else { throw TorchError("there is no axis \(named) of a signal") }
      let isInverse = try call.integer("inverse", 0) != 0
      let usual = isInverse && isOnesided ? 2 * (x.shape[axis] - 1) : x.shape[axis]
      let length = try call.wholeNumber(1) ?? usual
      return [
        try transformed(x, axis, length, isOnesided: isOnesided, isInverse: isInverse)
      ]
    },
    "STFT": { call in
      let x = try call[0]
      guard x.rank == 3, let step = try call.wholeNumber(1) else {
        throw TorchError("a signal of shape \(x.shape)")
      }
      let window = call.optional(2)
      let length = try call.wholeNumber(3) ?? window?.count ?? x.shape[1]
      guard step > 0, length > 0, (window?.count ?? length) == length, length <= x.shape[1] else {
        throw TorchError("windows of \(length) every \(step) in a signal of \(x.shape)")
      }
      // [batch, frames, parts, length]
      var frames = try unfold(.tensor(x), .integer(1), .integer(length), .integer(step))
      if let window { frames = try multiply(.tensor(frames), .tensor(window)) }
      let parts = try ONNXShapes.permuted(frames, [0, 1, 3, 2])
      let isOnesided = try call.integer("onesided", 1) != 0
      return [try transformed(parts, 2, length, isOnesided: isOnesided, isInverse: false)]
    },
    "HannWindow": { call in [try window(call) { pow(sin(.pi * $0), 2) }] },
    "HammingWindow": { call in
      [try window(call) { 25.0 / 46 - 21.0 / 46 * cos(2 * .pi * $0) }]
    },
    "BlackmanWindow": { call in
      [try window(call) { 0.42 - 0.5 * cos(2 * .pi * $0) + 0.08 * cos(4 * .pi * $0) }]
    },
    "MelWeightMatrix": { call in [try melWeights(call)] },
  ]

  /// A transform along an axis of numbers whose last axis is their parts, one or two.
  private static func transformed(
    _ input: Tensor,
    _ axis: Int,
    _ length: Int,
    isOnesided: Bool,
    isInverse: Bool
  ) throws -> Tensor {
    guard (1...1 << 28).contains(length), let parts = input.shape.last, (1...2).contains(parts)
    else {
      throw TorchError("a transform of length \(length) for shape \(input.shape)")
    }
    // Not known for halves.
    let isDouble = input.elementType == .float64
    var x = input.cast(to: isDouble ? .float64 : .float32)
    if parts == 1 {
      x = try ONNXShapes.reshaped(x, x.shape.dropLast())
    } else {
      x = try complex(.tensor(contiguous(.tensor(x))))
    }
    if isInverse, isOnesided {
      let y = try realInverse(.tensor(x), .integer(length), .integer(axis), .none)
      return try ONNXShapes.reshaped(y, y.shape + [1]).cast(to: input.elementType)
    }
    let y = try (isInverse ? inverse : transform)(
      .tensor(x),
      .integer(length),
      .integer(axis),
      .none
    )
    let seen = try real(.tensor(y)).cast(to: input.elementType)
    guard isOnesided else { return seen }
    return try ONNXShapes.sliced(seen, axis, 0..<length / 2 + 1)
  }

  /// Numbers of the place in a window, from 0 to 1.
  private static func window(_ call: ONNXCall, _ value: (Double) -> Double) throws -> Tensor {
    guard let size = try call.wholeNumber(0), (1...1 << 24).contains(size) else {
      throw TorchError("its size is no length of a window")
    }
    let isPeriodic = try call.integer("periodic", 1) != 0
    let whole = Double(max(isPeriodic ? size : size - 1, 1))
    let numbers = (0..<size).map { value(Double($0) / whole) }
    return Tensor(numbers).cast(to: try type(call))
  }

  private static func type(_ call: ONNXCall) throws -> ElementType {
    let code = try call.integer("output_datatype", 1)
    guard let type = ElementType(onnx: code) else {
      throw TorchError("ONNX's element type \(code) is not known here")
    }
    return type
  }

  /// How much each frequency counts in each band of the mel scale.
  private static func melWeights(_ call: ONNXCall) throws -> Tensor {
    guard let bands = try call.wholeNumber(0), let length = try call.wholeNumber(1),
      let rate = try call.number(2), let low = try call.number(3), let high = try call.number(4),
      (1...1 << 16).contains(bands), (1...1 << 20).contains(length), rate > 0, low >= 0, low < high
    else { throw TorchError("its numbers are those of no bands") }
    func mel(_ frequency: Double) -> Double { 2595 * log10(1 + frequency / 700) }
    let step = (mel(high) - mel(low)) / Double(bands + 2)
    let rows = length / 2 + 1
    let edges = try (0...bands + 1).map { index -> Int in
      let frequency = 700 * (pow(10, (mel(low) + Double(index) * step) / 2595) - 1)
      let bin = (Double(length + 1) * frequency / rate).rounded(.down)
      guard bin >= 0, bin < Double(rows) else {
        throw TorchError("a band is beyond the frequencies")
      }
      return Int(bin)
    }
    guard rows <= SizeLimit.count / bands else { throw TorchError("its matrix is too large") }
    var weights = [Double](repeating: 0, count: rows * bands)
    for band in 0..<bands {
      let (lower, centre, upper) = (edges[band], edges[band + 1], edges[band + 2])
      if centre == lower { weights[centre * bands + band] = 1 }
      for bin in lower..<max(centre + 1, lower) where centre > lower {
        weights[bin * bands + band] = Double(bin - lower) / Double(centre - lower)
      }
      for bin in centre..<max(upper, centre) {
        weights[bin * bands + band] = Double(upper - bin) / Double(upper - centre)
      }
    }
    return Tensor(weights, shape: [rows, bands]).cast(to: try type(call))
  }
}
