private enum Aten {
  static let select = Operator("aten::select", "int")
  static let slice = Operator("aten::slice", "Tensor")
  static let indexSelect = Operator("aten::index_select")
  static let gather = Operator("aten::gather")
  static let scatterAdd = Operator("aten::scatter_add")
  static let scatter = Operator("aten::scatter", "src")
  static let indexAdd = Operator("aten::index_add")
  static let maskedFill = Operator("aten::masked_fill", "Scalar")
  static let keptAbove = Operator("aten::threshold_backward")
  static let scatterValue = Operator("aten::scatter", "value")
  static let whereSelf = Operator("aten::where", "self")
  static let whereScalars = Operator("aten::where", "Scalar")
  static let indexCopy = Operator("aten::index_copy")
  static let searchsorted = Operator("aten::searchsorted", "Tensor")
  static let nonzero = Operator("aten::nonzero")
  static let oneHot = Operator("aten::one_hot")
  static let diagonal = Operator("aten::diagonal")
  static let index = Operator("aten::index", "Tensor")
}

extension Tensor {
  /// One slice along the first axis. Negative indices count from the end.
  public subscript(index: Int) -> Tensor { selecting(index, along: 0) }

  /// A range along the first axis; a view.
  public subscript(range: Range<Int>) -> Tensor { slicing(range, along: 0) }

  /// The rows at the indices given (an integer tensor), copied.
  public subscript(rows indices: Tensor) -> Tensor { gatheringRows(indices, along: 0) }

  /// One slice along an axis, without that axis; a view.
  public func selecting(_ index: Int, along axis: Int) -> Tensor {
    Aten.select(.tensor(self), .integer(axis), .integer(index))
  }

  /// A range along an axis; a view.
  public func slicing(_ range: Range<Int>, along axis: Int, by step: Int = 1) -> Tensor {
    let length = length(of: axis, in: "slice")
    _ = holds(
      range.lowerBound >= 0 && range.upperBound <= length,
      "slice of \(shape): the range \(range) does not fit axis \(axis) of length \(length)"
    )
    return Aten.slice(
      .tensor(self),
      .integer(axis),
      .integer(range.lowerBound),
      .integer(range.upperBound),
      .integer(step)
    )
  }

  /// The slices at `indices` (`[count]`, integers) along an axis, copied.
  public func gatheringRows(_ indices: Tensor, along axis: Int) -> Tensor {
    Aten.indexSelect(.tensor(self), .integer(axis), .tensor(indices))
  }

  /// For each position of `indices`, the element whose index along `axis` it gives.
  public func gathering(_ indices: Tensor, along axis: Int) -> Tensor {
    Aten.gather(.tensor(self), .integer(axis), .tensor(indices))
  }

  /// A copy in which `source` replaces the elements that `indices` points at along `axis`.
  public func scattering(_ source: Tensor, at indices: Tensor, along axis: Int) -> Tensor {
    Aten.scatter(.tensor(self), .integer(axis), .tensor(indices), .tensor(source))
  }

  /// A copy in which `value` replaces the elements that `indices` points at along `axis`.
  package func filled(with value: Double, at indices: Tensor, along axis: Int) -> Tensor {
    Aten.scatterValue(.tensor(self), .integer(axis), .tensor(indices), argument(value))
  }

  /// A copy with `source` added to the elements that `indices` points at along `axis`.
  public func scatterAdding(_ source: Tensor, at indices: Tensor, along axis: Int) -> Tensor {
    Aten.scatterAdd(.tensor(self), .integer(axis), .tensor(indices), .tensor(source))
  }

  /// A copy with the slices of `source` added to the slices at `indices` along `axis`.
  public func addingSlices(_ source: Tensor, at indices: Tensor, along axis: Int) -> Tensor {
    Aten.indexAdd(.tensor(self), .integer(axis), .tensor(indices), .tensor(source))
  }

  /// The elements `value` where `mask` is true.
  public func filled(with value: Double, where mask: Tensor) -> Tensor {
    Aten.maskedFill(.tensor(self), .tensor(mask), argument(value))
  }

  /// The elements where `condition`, of the same shape, is positive, and 0 elsewhere: one pass, many
  /// times faster than by a mask of `bool`s.
  package func kept(wherePositive condition: Tensor) -> Tensor {
    Aten.keptAbove(.tensor(self), .tensor(condition), .integer(0))
  }

  /// This tensor's elements where `mask` is true, the other's elsewhere.
  public func replacing(with other: Tensor, where mask: Tensor) -> Tensor {
    Aten.whereSelf(.tensor(mask), .tensor(other), .tensor(self))
  }

  /// `first` where this `bool` tensor is true, `second` elsewhere.
  public func choosing(_ first: Double, else second: Double) -> Tensor {
    Aten.whereScalars(.tensor(self), .real(first), .real(second))
  }

  /// A copy with the slices of `source` in place of the slices at `indices` along `axis`.
  public func replacingSlices(with source: Tensor, at indices: Tensor, along axis: Int) -> Tensor {
    Aten.indexCopy(.tensor(self), .integer(axis), .tensor(indices), .tensor(source))
  }

  /// Where each of `values` would go among these elements, sorted along the last axis, to keep them
  /// sorted: before equal ones, or after them.
  public func insertionIndices(of values: Tensor, afterEqual: Bool = false) -> Tensor {
    Aten.searchsorted(.tensor(self), .tensor(values), .bool(false), .bool(afterEqual))
  }

  /// The positions of elements that are not zero (`[found, rank]`).
  public var nonZeroIndices: Tensor { Aten.nonzero(.tensor(self)) }

  /// The elements where `mask` is true, in row-major order (`[found]`).
  public func elements(where mask: Tensor) -> Tensor {
    Aten.index(.tensor(self), .optionalTensors([mask]))
  }

  /// Integers as rows with a single 1 (`[…, classes]`).
  public func oneHot(classes: Int, _ elementType: ElementType = .float32) -> Tensor {
    Aten.oneHot(.tensor(cast(to: .int64)), .integer(classes)).cast(to: elementType)
  }

  /// The diagonal of the last two axes, as the last axis; a view.
  public func diagonal(offset: Int = 0) -> Tensor {
    Aten.diagonal(.tensor(self), .integer(offset), .integer(-2), .integer(-1))
  }
}
