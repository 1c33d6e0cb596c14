private enum Aten {
  static let add = Operator("aten::add", "Tensor")
  static let addScalar = Operator("aten::add", "Scalar")
  static let sub = Operator("aten::sub", "Tensor")
  static let subScalar = Operator("aten::sub", "Scalar")
  static let rsubScalar = Operator("aten::rsub", "Scalar")
  static let mul = Operator("aten::mul", "Tensor")
  static let mulScalar = Operator("aten::mul", "Scalar")
  static let div = Operator("aten::div", "Tensor")
  static let divScalar = Operator("aten::div", "Scalar")
  static let reciprocal = Operator("aten::reciprocal")
  static let neg = Operator("aten::neg")
  static let remainder = Operator("aten::remainder", "Scalar")
  static let pow = Operator("aten::pow", "Tensor_Scalar")
  static let powTensor = Operator("aten::pow", "Tensor_Tensor")
  static let maximum = Operator("aten::maximum")
  static let minimum = Operator("aten::minimum")
  static let clamp = Operator("aten::clamp")
}

/// Element by element, with broadcasting: axes of length 1 stretch, missing leading axes are added.
extension Tensor {
  public static func + (a: Tensor, b: Tensor) -> Tensor { Aten.add(.tensor(a), .tensor(b)) }
  public static func - (a: Tensor, b: Tensor) -> Tensor { Aten.sub(.tensor(a), .tensor(b)) }
  public static func * (a: Tensor, b: Tensor) -> Tensor { Aten.mul(.tensor(a), .tensor(b)) }
  public static func / (a: Tensor, b: Tensor) -> Tensor { Aten.div(.tensor(a), .tensor(b)) }

  public static func + (a: Tensor, b: Double) -> Tensor { Aten.addScalar(.tensor(a), a.scalar(b)) }
  public static func - (a: Tensor, b: Double) -> Tensor { Aten.subScalar(.tensor(a), a.scalar(b)) }
  public static func * (a: Tensor, b: Double) -> Tensor { Aten.mulScalar(.tensor(a), a.scalar(b)) }
  public static func / (a: Tensor, b: Double) -> Tensor { Aten.divScalar(.tensor(a), a.scalar(b)) }

  public static func + (a: Double, b: Tensor) -> Tensor { b + a }
  public static func - (a: Double, b: Tensor) -> Tensor {
    Aten.rsubScalar(.tensor(b), b.scalar(a))
  }
  public static func * (a: Double, b: Tensor) -> Tensor { b * a }
  public static func / (a: Double, b: Tensor) -> Tensor { Aten.reciprocal(.tensor(b)) * a }

  public static prefix func - (a: Tensor) -> Tensor { Aten.neg(.tensor(a)) }

  public static func += (a: inout Tensor, b: Tensor) { a = a + b }
  public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
  public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
  public static func /= (a: inout Tensor, b: Tensor) { a = a / b }
  public static func *= (a: inout Tensor, b: Double) { a = a * b }
  public static func /= (a: inout Tensor, b: Double) { a = a / b }

  /// The remainder of division by `divisor`, with the divisor's sign.
  public func remainder(dividingBy divisor: Double) -> Tensor {
    Aten.remainder(.tensor(self), scalar(divisor))
  }

  /// Each element to a power.
  public func raised(to exponent: Double) -> Tensor { Aten.pow(.tensor(self), scalar(exponent)) }

  /// Each element to the power of the other tensor's element.
  public func raised(to exponent: Tensor) -> Tensor {
    Aten.powTensor(.tensor(self), .tensor(exponent))
  }

  public var squared: Tensor { self * self }

  /// The larger of each pair of elements.
  public func maximum(_ other: Tensor) -> Tensor { Aten.maximum(.tensor(self), .tensor(other)) }

  /// The smaller of each pair of elements.
  public func minimum(_ other: Tensor) -> Tensor { Aten.minimum(.tensor(self), .tensor(other)) }

  /// Each element moved into a range.
  public func clamped(min: Double? = nil, max: Double? = nil) -> Tensor {
    Aten.clamp(
      .tensor(self),
      min.map { scalar($0) } ?? .none,
      max.map { scalar($0) } ?? .none
    )
  }

  /// Whole numbers stay integers beside integer tensors, so that these keep their type.
  private func scalar(_ value: Double) -> Argument {
    if !elementType.isFloatingPoint, let whole = Int(exactly: value) { return .integer(whole) }
    return .real(value)
  }
}
