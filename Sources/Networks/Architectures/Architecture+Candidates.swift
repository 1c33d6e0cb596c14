extension PerceptronSpecification {
  /// One to three hidden layers, the first of 8 to 256 units and the others of half as many.
  public static func candidates(for shape: [Int], outputs: Int) -> [String] {
    let inputs = shape.reduce(1, *)
    return [8, 16, 32, 64, 128, 256].flatMap { width in
      (1...3).map { depth in
        let hidden = [width] + [Int](repeating: width / 2, count: depth - 1)
        return "mlp:" + ([inputs] + hidden + [outputs]).map(String.init).joined(separator: "-")
      }
    }
  }
}

extension ConvolutionalSpecification {
  /// The first layer of 4 to 32 filters, twice as many after each halving of the image, which is halved
  /// until it is smaller than 4 pixels, once less, and twice less; none for what is no image.
  public static func candidates(for shape: [Int], outputs: Int) -> [String] {
    guard shape.count == 3, let side = shape.suffix(2).min(), side >= 4 else { return [] }
    let most = Int.bitWidth - 2 - side.leadingZeroBitCount
    return [4, 8, 16, 32].flatMap { filters in
      (max(1, most - 2)...most).map { halvings in
        let layers = (0..<halvings).map { "\(min(filters << $0, 256))c3b-m2" }
        return "cnn:" + (layers + ["\(outputs)"]).joined(separator: "-")
      }
    }
  }
}

extension Transformer {
  /// One and two layers over pieces of 16, 32 and 64 numbers.
  public static func candidates(for shape: [Int], outputs: Int) -> [String] {
    guard let piece = usualPiece(for: shape) else { return [] }
    return [16, 32, 64].flatMap { width in
      (1...2).map { depth in
        let layers = [String](repeating: "4h\(2 * width)", count: depth)
        return "transformer:"
          + (["\(piece)p\(width)"] + layers + ["\(outputs)"]).joined(separator: "-")
      }
    }
  }
}
