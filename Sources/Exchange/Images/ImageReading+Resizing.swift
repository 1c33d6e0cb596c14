import Tensors

extension ImageReading {
  private static let antialiased = Operator("aten::_upsample_bilinear2d_aa", "vec")

  /// An image of another size, rounded to bytes.
  ///
  /// - Parameters:
  ///   - image: `[channels, height, width]`, `uint8`.
  ///   - extent: The height and width of the result.
  package func resized(_ image: Tensor, to extent: [Int]) -> Tensor {
    let one = image.insertingAxis(0).cast(to: .float32)
    let result: Tensor
    switch self {
    case .upright:
      // A triangle as wide as two pixels of the coarser grid, along each axis by itself.
      result = Self.antialiased(.tensor(one), .integers(extent), .bool(false), .none)
    case .stored:
      let shrinks = image.shape[1] >= extent[0] && image.shape[2] >= extent[1]
      result =
        shrinks
        ? one.averagePooled(to: extent) : one.resized2D(toHeight: extent[0], width: extent[1])
    }
    return (result.removingAxis(0) + 0.5).clamped(min: 0, max: 255).cast(to: .uint8)
  }
}
