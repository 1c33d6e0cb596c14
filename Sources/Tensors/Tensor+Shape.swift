private enum Aten {
  static let reshape = Operator("aten::reshape")
  static let transpose = Operator("aten::transpose", "int")
  static let permute = Operator("aten::permute")
  static let squeeze = Operator("aten::squeeze", "dim")
  static let unsqueeze = Operator("aten::unsqueeze")
  static let expand = Operator("aten::expand")
  static let flatten = Operator("aten::flatten", "using_ints")
  static let cat = Operator("aten::cat")
  static let stack = Operator("aten::stack")
  static let split = Operator("aten::split", "Tensor")
  static let unbind = Operator("aten::unbind", "int")
  static let repeated = Operator("aten::repeat")
  static let flip = Operator("aten::flip")
  static let roll = Operator("aten::roll")
  static let moveAxis = Operator("aten::movedim", "int")
  static let repeatInterleave = Operator("aten::repeat_interleave", "self_int")
  static let meshgrid = Operator("aten::meshgrid", "indexing")
  static let pad = Operator("aten::pad")
  static let tril = Operator("aten::tril")
  static let triu = Operator("aten::triu")
}

/// The same elements in another shape; most are views that copy nothing.
extension Tensor {
  /// Row-major order kept; one length may be −1, to be worked out.
  public func reshaped(to shape: [Int]) -> Tensor { Aten.reshape(.tensor(self), .integers(shape)) }

  /// Two axes exchanged; the last two unless others are named.
  public func transposed(_ first: Int = -1, _ second: Int = -2) -> Tensor {
    Aten.transpose(.tensor(self), .integer(first), .integer(second))
  }

  /// The axes in another order.
  public func permuted(to axes: [Int]) -> Tensor { Aten.permute(.tensor(self), .integers(axes)) }

  /// Without an axis of length 1.
  public func removingAxis(_ axis: Int) -> Tensor { Aten.squeeze(.tensor(self), .integer(axis)) }

  /// With a new axis of length 1 at a position.
  public func insertingAxis(_ axis: Int) -> Tensor {
    Aten.unsqueeze(.tensor(self), .integer(axis))
  }

  /// Axes of length 1 stretched; −1 keeps a length.
  public func broadcast(to shape: [Int]) -> Tensor { Aten.expand(.tensor(self), .integers(shape)) }

  /// Axes from `first` to `last` made one.
  public func flattened(from first: Int = 0, through last: Int = -1) -> Tensor {
    Aten.flatten(.tensor(self), .integer(first), .integer(last))
  }

  /// Several tensors one after another along an axis they share.
  public static func concatenated(_ tensors: [Tensor], along axis: Int = 0) -> Tensor {
    Aten.cat(.tensors(tensors), .integer(axis))
  }

  /// Several tensors of one shape along a new axis.
  public static func stacked(_ tensors: [Tensor], along axis: Int = 0) -> Tensor {
    Aten.stack(.tensors(tensors), .integer(axis))
  }

  /// Pieces of a length along an axis; the last may be shorter.
  public func split(every length: Int, along axis: Int = 0) -> [Tensor] {
    guard holds(length > 0, "split of \(shape): pieces of length \(length)") else { return [self] }
    let pieces = (self.length(of: axis, in: "split") + length - 1) / length
    return Aten.split.results(
      .tensor(self),
      .integer(length),
      .integer(axis),
      capacity: max(pieces, 1)
    )
  }

  /// The slices along an axis, without that axis.
  public func unbound(along axis: Int = 0) -> [Tensor] {
    Aten.unbind.results(
      .tensor(self),
      .integer(axis),
      capacity: length(of: axis, in: "unbind")
    )
  }

  /// Copies side by side, `counts` of them along each axis.
  public func repeated(_ counts: [Int]) -> Tensor {
    Aten.repeated(.tensor(self), .integers(counts))
  }

  /// In reverse order along axes.
  public func reversed(along axes: Int...) -> Tensor { Aten.flip(.tensor(self), .integers(axes)) }

  /// Moved on by `places` along an axis; what leaves at the end comes in at the start.
  public func rolled(by places: Int, along axis: Int) -> Tensor {
    Aten.roll(.tensor(self), .integers([places]), .integers([axis]))
  }

  /// One axis moved to another place, the others staying in order.
  public func movingAxis(_ axis: Int, to place: Int) -> Tensor {
    Aten.moveAxis(.tensor(self), .integer(axis), .integer(place))
  }

  /// Each slice along an axis `count` times in a row.
  public func repeatingEach(_ count: Int, along axis: Int) -> Tensor {
    Aten.repeatInterleave(.tensor(self), .integer(count), .integer(axis))
  }

  /// The coordinates of a grid over vectors of lengths n₁, n₂, …: for each vector a tensor
  /// `[n₁, n₂, …]` that varies along its axis.
  public static func grid(_ vectors: [Tensor]) -> [Tensor] {
    Aten.meshgrid.results(.tensors(vectors), .string("ij"), capacity: vectors.count)
  }

  /// With `value` around it: pairs (before, after) for the last axis, the last but one, ….
  public func padded(_ amounts: [(before: Int, after: Int)], with value: Double = 0) -> Tensor {
    Aten.pad(
      .tensor(self),
      .integers(amounts.flatMap { [$0.before, $0.after] }),
      .string("constant"),
      .real(value)
    )
  }

  /// Zeros above the `diagonal`.
  public func lowerTriangle(diagonal: Int = 0) -> Tensor {
    Aten.tril(.tensor(self), .integer(diagonal))
  }

  /// Zeros below the `diagonal`.
  public func upperTriangle(diagonal: Int = 0) -> Tensor {
    Aten.triu(.tensor(self), .integer(diagonal))
  }
}
