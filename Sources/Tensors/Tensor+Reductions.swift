private enum Aten {
  static let sum = Operator("aten::sum", "dim_IntList")
  static let mean = Operator("aten::mean", "dim")
  static let variance = Operator("aten::var", "correction")
  static let logsumexp = Operator("aten::logsumexp")
  static let amax = Operator("aten::amax")
  static let amin = Operator("aten::amin")
  static let argmax = Operator("aten::argmax")
  static let argmin = Operator("aten::argmin")
  static let prod = Operator("aten::prod", "dim_int")
  static let norm = Operator("aten::linalg_vector_norm")
  static let cumsum = Operator("aten::cumsum")
  static let cumprod = Operator("aten::cumprod")
  static let cummax = Operator("aten::cummax")
  static let cummin = Operator("aten::cummin")
  static let logcumsumexp = Operator("aten::logcumsumexp")
  static let std = Operator("aten::std", "correction")
  static let quantile = Operator("aten::quantile", "scalar")
  static let bincount = Operator("aten::bincount")
  static let anyAlong = Operator("aten::any", "dim")
  static let allAlong = Operator("aten::all", "dim")
  static let topk = Operator("aten::topk")
  static let sort = Operator("aten::sort", "stable")
  static let any = Operator("aten::any")
  static let all = Operator("aten::all")
}

/// Reductions over the axes named (negative axes count from the end), or over everything.
extension Tensor {
  /// Σx; integers are summed as `int64`.
  public func sum(along axes: Int..., keepingAxes: Bool = false) -> Tensor {
    Aten.sum(.tensor(self), .integers(axes), .bool(keepingAxes))
  }

  /// Σx / n, for real numbers.
  public func mean(along axes: Int..., keepingAxes: Bool = false) -> Tensor {
    mean(along: axes, keepingAxes: keepingAxes)
  }

  func mean(along axes: [Int], keepingAxes: Bool) -> Tensor {
    guard elementType == .float32 || elementType == .float64 else {
      return Aten.mean(.tensor(self), .integers(axes), .bool(keepingAxes))
    }
    // The same numbers as libtorch's own mean, whose gradient would be written out in full: that of
    // a sum is one number, repeated without a copy.
    let sum = Aten.sum(.tensor(self), .integers(axes), .bool(keepingAxes))
    return sum.count == 0 ? sum : sum / (Double(count) / Double(sum.count))
  }

  /// Σ(x − mean)² / (n − `correction`). The default correction 1 gives the unbiased estimate.
  public func variance(
    along axes: Int...,
    correction: Int = 1,
    keepingAxes: Bool = false
  ) -> Tensor {
    Aten.variance(
      .tensor(self),
      axes.isEmpty ? .none : .integers(axes),
      .integer(correction),
      .bool(keepingAxes)
    )
  }

  /// √variance.
  public func standardDeviation(
    along axes: Int...,
    correction: Int = 1,
    keepingAxes: Bool = false
  ) -> Tensor {
    Aten.std(
      .tensor(self),
      axes.isEmpty ? .none : .integers(axes),
      .integer(correction),
      .bool(keepingAxes)
    )
  }

  /// The value below which a `fraction` of the elements lies, between neighbours by interpolation.
  public func quantile(_ fraction: Double, along axis: Int, keepingAxes: Bool = false) -> Tensor {
    Aten.quantile(.tensor(self), .real(fraction), .integer(axis), .bool(keepingAxes))
  }

  /// log Σ exp(x), without overflow.
  public func logSumExp(along axes: Int..., keepingAxes: Bool = false) -> Tensor {
    let axes = axes.isEmpty ? Array(0..<rank) : axes
    return Aten.logsumexp(.tensor(self), .integers(axes), .bool(keepingAxes))
  }

  /// The largest element.
  public func maximum(along axes: Int..., keepingAxes: Bool = false) -> Tensor {
    Aten.amax(.tensor(self), .integers(axes), .bool(keepingAxes))
  }

  /// The smallest element.
  public func minimum(along axes: Int..., keepingAxes: Bool = false) -> Tensor {
    Aten.amin(.tensor(self), .integers(axes), .bool(keepingAxes))
  }

  /// Where the largest element is.
  public func indexOfMaximum(along axis: Int = -1, keepingAxes: Bool = false) -> Tensor {
    Aten.argmax(.tensor(self), .integer(axis), .bool(keepingAxes))
  }

  /// Where the smallest element is.
  public func indexOfMinimum(along axis: Int = -1, keepingAxes: Bool = false) -> Tensor {
    Aten.argmin(.tensor(self), .integer(axis), .bool(keepingAxes))
  }

  /// Πx.
  public func product(along axis: Int, keepingAxes: Bool = false) -> Tensor {
    Aten.prod(.tensor(self), .integer(axis), .bool(keepingAxes))
  }

  /// (Σ|x|^`order`)^(1/`order`). The default is the Euclidean length.
  public func norm(order: Double = 2, along axes: Int..., keepingAxes: Bool = false) -> Tensor {
    Aten.norm(
      .tensor(self),
      .real(order),
      axes.isEmpty ? .none : .integers(axes),
      .bool(keepingAxes)
    )
  }

  /// At each place the sum of the elements up to and with it.
  public func cumulativeSum(along axis: Int) -> Tensor {
    Aten.cumsum(.tensor(self), .integer(axis))
  }

  /// At each place the product of the elements up to and with it.
  public func cumulativeProduct(along axis: Int) -> Tensor {
    Aten.cumprod(.tensor(self), .integer(axis))
  }

  /// At each place log Σ exp(x) over the elements up to and with it.
  public func cumulativeLogSumExp(along axis: Int) -> Tensor {
    Aten.logcumsumexp(.tensor(self), .integer(axis))
  }

  /// At each place the largest element so far.
  public func cumulativeMaximum(along axis: Int) -> Tensor {
    Aten.cummax.results(.tensor(self), .integer(axis), capacity: 2)[0]
  }

  /// At each place the smallest element so far.
  public func cumulativeMinimum(along axis: Int) -> Tensor {
    Aten.cummin.results(.tensor(self), .integer(axis), capacity: 2)[0]
  }

  /// How often each integer from 0 occurs in a vector, or the sum of its `weights`; at least
  /// `classes` counts.
  public func occurrences(classes: Int = 0, weights: Tensor? = nil) -> Tensor {
    Aten.bincount(.tensor(self), .tensor(weights), .integer(classes))
  }

  /// Whether any element along an axis is true (or not zero).
  public func anyTrue(along axis: Int, keepingAxes: Bool = false) -> Tensor {
    Aten.anyAlong(.tensor(self), .integer(axis), .bool(keepingAxes))
  }

  /// Whether every element along an axis is true (or not zero).
  public func allTrue(along axis: Int, keepingAxes: Bool = false) -> Tensor {
    Aten.allAlong(.tensor(self), .integer(axis), .bool(keepingAxes))
  }

  /// The `count` largest elements in falling order, and where they are.
  public func largest(_ count: Int, along axis: Int = -1) -> (values: Tensor, indices: Tensor) {
    let results = Aten.topk.results(
      .tensor(self),
      .integer(count),
      .integer(axis),
      .bool(true),
      .bool(true),
      capacity: 2
    )
    return (results[0], results[1])
  }

  /// The elements in order, equal ones as they came, and where they were.
  public func sorted(
    along axis: Int = -1,
    descending: Bool = false
  ) -> (values: Tensor, indices: Tensor) {
    let results = Aten.sort.results(
      .tensor(self),
      .bool(true),
      .integer(axis),
      .bool(descending),
      capacity: 2
    )
    return (results[0], results[1])
  }

  /// Whether any element is true (or not zero).
  public var containsTrue: Bool { Aten.any(.tensor(self)).scalar(Bool.self) }

  /// Whether every element is true (or not zero).
  public var isAllTrue: Bool { Aten.all(.tensor(self)).scalar(Bool.self) }
}
