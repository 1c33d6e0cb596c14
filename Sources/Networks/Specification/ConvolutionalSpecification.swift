/// The layers of a ``ConvolutionalNetwork``, written as ``ModelSpecification`` says.
public struct ConvolutionalSpecification: Hashable, Sendable {
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

  init(_ written: [WrittenLayer], _ activation: Activation, in text: String) throws {
    var rest = written[...]
    input = try rest.first.flatMap { try Self.size($0, in: text) }
    if input != nil { rest.removeFirst() }
    layers = try rest.map { try Self.layer($0, in: text) }
    self.activation = activation
    guard case .linear? = layers.last else {
      throw SpecificationError(
        text,
        at: written.last!.place,
        "the last layer must be the number of outputs, such as -10"
      )
    }
    try check(in: text, written: Array(rest))
  }

  /// Follows the shape of an image through the layers.
  ///
  /// - Throws: ``SpecificationError`` where a layer does not fit what the one before it gives.
  func check(in text: String, written: [WrittenLayer] = []) throws {
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
            "\(channels) channels and \(window.filters) filters cannot be parted into "
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

extension ConvolutionalSpecification: CustomStringConvertible {
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
