private enum Aten {
  static let convolution = Operator("aten::convolution")
  static let maxPool1d = Operator("aten::max_pool1d")
  static let maxPool2d = Operator("aten::max_pool2d")
  static let avgPool1d = Operator("aten::avg_pool1d")
  static let avgPool2d = Operator("aten::avg_pool2d")
  static let adaptiveAvgPool1d = Operator("aten::adaptive_avg_pool1d")
  static let adaptiveMaxPool1d = Operator("aten::adaptive_max_pool1d")
  static let adaptiveMaxPool2d = Operator("aten::adaptive_max_pool2d")
  static let adaptiveAvgPool2d = Operator("aten::adaptive_avg_pool2d")
  static let interpolateNearest = Operator("aten::upsample_nearest2d", "vec")
  static let interpolate = Operator("aten::upsample_bilinear2d", "vec")
}

/// Convolution and pooling over the last one or two axes.
extension Tensor {
  /// `[batch, channels, length]` by `[filters, channels/groups, width]`.
  public func convolved1D(
    with weight: Tensor,
    bias: Tensor? = nil,
    stride: Int = 1,
    padding: Int = 0,
    dilation: Int = 1,
    groups: Int = 1
  ) -> Tensor {
    convolved(
      with: weight,
      bias: bias,
      stride: [stride],
      padding: [padding],
      dilation: [dilation],
      groups: groups
    )
  }

  /// `[batch, channels, height, width]` by `[filters, channels/groups, height, width]`.
  public func convolved2D(
    with weight: Tensor,
    bias: Tensor? = nil,
    stride: Int = 1,
    padding: Int = 0,
    dilation: Int = 1,
    groups: Int = 1
  ) -> Tensor {
    convolved(
      with: weight,
      bias: bias,
      stride: [stride, stride],
      padding: [padding, padding],
      dilation: [dilation, dilation],
      groups: groups
    )
  }

  /// A convolution over as many last axes as there are strides, each with its own.
  public func convolved(
    with weight: Tensor,
    bias: Tensor? = nil,
    stride: [Int],
    padding: [Int],
    dilation: [Int],
    groups: Int = 1
  ) -> Tensor {
    Aten.convolution(
      .tensor(self),
      .tensor(weight),
      .tensor(bias),
      .integers(stride),
      .integers(padding),
      .integers(dilation),
      .bool(false),
      .integers(stride.map { _ in 0 }),
      .integer(groups)
    )
  }

  /// The transpose (adjoint) of ``convolved(with:bias:stride:padding:dilation:groups:)``, by a
  /// weight `[channels, filters/groups, …]`.
  public func transposeConvolved(
    with weight: Tensor,
    bias: Tensor? = nil,
    stride: [Int],
    padding: [Int],
    outputPadding: [Int],
    dilation: [Int],
    groups: Int = 1
  ) -> Tensor {
    Aten.convolution(
      .tensor(self),
      .tensor(weight),
      .tensor(bias),
      .integers(stride),
      .integers(padding),
      .integers(dilation),
      .bool(true),
      .integers(outputPadding),
      .integer(groups)
    )
  }

  /// The transpose (adjoint) of ``convolved2D(with:bias:stride:padding:dilation:groups:)``, by a
  /// weight `[channels, filters, height, width]`.
  public func transposeConvolved2D(
    with weight: Tensor,
    bias: Tensor? = nil,
    stride: Int = 1,
    padding: Int = 0,
    outputPadding: Int = 0
  ) -> Tensor {
    transposeConvolved(
      with: weight,
      bias: bias,
      stride: [stride, stride],
      padding: [padding, padding],
      outputPadding: [outputPadding, outputPadding],
      dilation: [1, 1]
    )
  }

  /// The largest of each window of `size` along the last axis.
  public func maxPooled1D(size: Int, stride: Int? = nil, padding: Int = 0) -> Tensor {
    Aten.maxPool1d(
      .tensor(self),
      .integers([size]),
      .integers([stride ?? size]),
      .integers([padding])
    )
  }

  /// The largest of each window of `size` by `size`.
  public func maxPooled2D(size: Int, stride: Int? = nil, padding: Int = 0) -> Tensor {
    let stride = stride ?? size
    return Aten.maxPool2d(
      .tensor(self),
      .integers([size, size]),
      .integers([stride, stride]),
      .integers([padding, padding])
    )
  }

  /// The mean of each window of `size` along the last axis, padding counted as zeros.
  public func averagePooled1D(size: Int, stride: Int? = nil, padding: Int = 0) -> Tensor {
    Aten.avgPool1d(
      .tensor(self),
      .integers([size]),
      .integers([stride ?? size]),
      .integers([padding])
    )
  }

  /// The mean of each window of `size` by `size`, padding counted as zeros.
  public func averagePooled2D(size: Int, stride: Int? = nil, padding: Int = 0) -> Tensor {
    let stride = stride ?? size
    return Aten.avgPool2d(
      .tensor(self),
      .integers([size, size]),
      .integers([stride, stride]),
      .integers([padding, padding])
    )
  }

  /// Averages over regions chosen so that the result has the height and width given.
  public func averagePooled2D(toHeight height: Int, width: Int) -> Tensor {
    averagePooled(to: [height, width])
  }

  /// Averages over regions chosen so that the result's last axes have the one or two lengths given.
  public func averagePooled(to lengths: [Int]) -> Tensor {
    if lengths.allSatisfy({ $0 == 1 }) {
      return mean(along: Array(-lengths.count..<0), keepingAxes: true)
    }
    return (lengths.count == 1 ? Aten.adaptiveAvgPool1d : Aten.adaptiveAvgPool2d)(
      .tensor(self),
      .integers(lengths)
    )
  }

  /// The largest elements of regions chosen so that the result's last axes have the one or two
  /// lengths given.
  public func maxPooled(to lengths: [Int]) -> Tensor {
    (lengths.count == 1 ? Aten.adaptiveMaxPool1d : Aten.adaptiveMaxPool2d)
      .results(.tensor(self), .integers(lengths), capacity: 2)[0]
  }

  /// Bilinear interpolation to another height and width (corners not aligned).
  public func resized2D(toHeight height: Int, width: Int) -> Tensor {
    Aten.interpolate(.tensor(self), .integers([height, width]), .bool(false), .none)
  }

  /// Each element repeated, or left out, to another height and width: element `i` of the result is
  /// element ⌊i·length/newLength⌋ of this.
  public func resizedToNearest2D(height: Int, width: Int) -> Tensor {
    Aten.interpolateNearest(.tensor(self), .integers([height, width]), .none)
  }
}
