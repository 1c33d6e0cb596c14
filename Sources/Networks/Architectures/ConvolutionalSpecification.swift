import Tensors

/// The layers of a ``ConvolutionalNetwork``, written as ``ModelSpecification`` says.
public struct ConvolutionalSpecification: Architecture {
  public static let example = "cnn:1x28x28-8c3b-m2-16c3b-m2-10"

  public static let notation: [(written: String, meaning: String)] = [
    ("cnn:1x28x28-…-10", "convolutional, on 1 channel of 28 by 28; may be left out"),
    ("16c3", "Conv2d(…, 16, 3, padding=1) and the activation"),
    ("16c3s2", "stride 2"),
    ("16c3p0", "padding 0, which is PyTorch's default"),
    ("16c3g4", "4 groups"),
    ("16c3b", "BatchNorm2d before the activation"),
    ("16r3", "residual block of two 16c3b; 16r3s2 with stride 2"),
    ("m2", "MaxPool2d(2); m3s2 has stride 2"),
    ("a2", "AvgPool2d(2)"),
    ("gap", "mean of each channel over the image"),
    ("d0.2", "dropout"),
    ("128", "linear; the last number are the outputs"),
  ]

  public enum Layer: Hashable, Sendable {
    case convolution(Window)
    case residual(Window)
    case maxPool(size: Int, stride: Int)
    case averagePool(size: Int, stride: Int)
    case globalAverage
    case dropout(Double)
    case linear(Int)
  }

  /// A convolution.
  public struct Window: Hashable, Sendable {
    public var filters: Int
    public var size: Int
    public var stride = 1
    /// Zeros around the image; half the size keeps it as large as it is.
    public var padding: Int
    public var groups = 1
    public var isNormalized = false
  }

  /// `[channels, height, width]`, or nil where the data will tell.
  public var input: [Int]?
  public let layers: [Layer]
  public let activation: Activation

  public var outputCount: Int {
    guard case .linear(let width)? = layers.last else { return 0 }
    return width
  }

  public init(_ text: ArchitectureText) throws {
    activation = try text.activation()
    var rest = text.layers[...]
    input = try rest.first.flatMap { try text.imageSize($0) }
    if input != nil { rest.removeFirst() }
    layers = try rest.map { try Self.layer($0, in: text.whole) }
    guard case .linear? = layers.last else {
      throw text.refused(
        at: text.layers.last!.place,
        "the last layer must be the number of outputs, such as -10"
      )
    }
    try check(in: text.whole, written: Array(rest))
  }

  /// Halved until few places are left, each time with twice the filters.
  public static func usual(for shape: [Int], outputs: Int) -> String? {
    var (layers, filters) = (["cnn:8c3b"], 8)
    var side = shape.suffix(2).min() ?? 0
    while side >= 8 {
      if layers.last == "m2" {
        filters = min(2 * filters, 64)
        layers.append("\(filters)c3b")
      }
      layers.append("m2")
      side /= 2
    }
    return (layers + ["\(outputs)"]).joined(separator: "-")
  }

  public var inputShape: [Int]? { input }

  public func resolved(for shape: [Int]) throws -> ConvolutionalSpecification {
    guard shape.count == 3 else {
      throw SpecificationError(
        "\(self) is for images, and the inputs are \(shape.map(String.init).joined(separator: "x")) "
          + "numbers: write the size in front, such as cnn:1x28x28-…, or choose mlp:…"
      )
    }
    var network = self
    network.input = shape
    try network.check(in: description)
    return network
  }

  public func module(using generator: RandomGenerator) -> any Module {
    ConvolutionalNetwork(self, using: generator)
  }

  /// Follows the shape of an image through the layers.
  ///
  /// - Throws: ``SpecificationError`` where a layer does not fit what the one before it gives.
  private func check(in text: String, written: [ArchitectureText.Layer] = []) throws {
    var (channels, extent, isFlat) = (input?[0], input.map { [$0[1], $0[2]] }, false)
    for (index, layer) in layers.enumerated() {
      func refused(_ problem: String) -> SpecificationError {
        guard index < written.count else { return SpecificationError("\(text): \(problem)") }
        return SpecificationError(text, at: written[index].place, problem)
      }
      func slide(_ size: Int, _ stride: Int, _ padding: Int) throws {
        extent = try extent?.map { length in
          guard length + 2 * padding >= size else {
            throw refused(
              "a window of \(size) does not fit an image of \(extent![0])x\(extent![1])"
            )
          }
          return (length + 2 * padding - size) / stride + 1
        }
      }
      if case .linear = layer {
        isFlat = true
        continue
      }
      if case .dropout = layer { continue }
      guard !isFlat else {
        throw refused("images are needed here, and a layer before made numbers")
      }
      switch layer {
      case .convolution(let window), .residual(let window):
        if let channels, channels % window.groups != 0 || window.filters % window.groups != 0 {
          throw refused(
            "\(channels) channels and \(window.filters) filters cannot be split into "
              + "\(window.groups) groups"
          )
        }
        try slide(window.size, window.stride, window.padding)
        channels = window.filters
      case .maxPool(let size, let stride), .averagePool(let size, let stride):
        try slide(size, stride, 0)
      case .globalAverage: extent = [1, 1]
      case .dropout, .linear: break
      }
    }
  }
}

extension ConvolutionalSpecification {
  public var description: String {
    let size = input.map { [$0.map(String.init).joined(separator: "x")] } ?? []
    return "cnn:" + (size + layers.map(\.description)).joined(separator: "-") + activation.suffix
  }
}

extension ConvolutionalSpecification.Layer: CustomStringConvertible {
  public var description: String {
    switch self {
    case .convolution(let window): window.text(kind: "c")
    case .residual(let window): window.text(kind: "r")
    case .maxPool(let size, let stride): "m\(size)" + (stride == size ? "" : "s\(stride)")
    case .averagePool(let size, let stride): "a\(size)" + (stride == size ? "" : "s\(stride)")
    case .globalAverage: "gap"
    case .dropout(let probability): "d\(probability)"
    case .linear(let width): "\(width)"
    }
  }
}

extension ConvolutionalSpecification.Window {
  fileprivate func text(kind: String) -> String {
    "\(filters)\(kind)\(size)" + (stride == 1 ? "" : "s\(stride)")
      + (padding == size / 2 ? "" : "p\(padding)") + (groups == 1 ? "" : "g\(groups)")
      + (isNormalized && kind == "c" ? "b" : "")
  }
}
