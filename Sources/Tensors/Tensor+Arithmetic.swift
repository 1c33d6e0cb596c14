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
  static let divScalarMode = Operator("aten::div", "Scalar_mode")
  static let lerp = Operator("aten::lerp", "Scalar")
  static let atan2 = Operator("aten::atan2")
  static let logaddexp = Operator("aten::logaddexp")
  static let xlogy = Operator("aten::xlogy", "Tensor")
  static let clamp = Operator("aten::clamp")
}

/// Element by element, with broadcasting: axes of length 1 stretch, missing leading axes are added.
extension Tensor {
  public static func + (a: Tensor, b: Tensor) -> Tensor { Aten.add(.tensor(a), .tensor(b)) }
  public static func - (a: Tensor, b: Tensor) -> Tensor { Aten.sub(.tensor(a), .tensor(b)) }
  public static func * (a: Tensor, b: Tensor) -> Tensor { Aten.mul(.tensor(a), .tensor(b)) }
  public static func / (a: Tensor, b: Tensor) -> Tensor { Aten.div(.tensor(a), .tensor(b)) }

  public static func + (a: Tensor, b: Double) -> Tensor {
    Aten.addScalar(.tensor(a), a.argument(b))
  }
  public static func - (a: Tensor, b: Double) -> Tensor {
    Aten.subScalar(.tensor(a), a.argument(b))
  }
  public static func * (a: Tensor, b: Double) -> Tensor {
    Aten.mulScalar(.tensor(a), a.argument(b))
  }
  public static func / (a: Tensor, b: Double) -> Tensor {
    Aten.divScalar(.tensor(a), a.argument(b))
  }

  public static func + (a: Double, b: Tensor) -> Tensor { b + a }
  public static func - (a: Double, b: Tensor) -> Tensor {
    Aten.rsubScalar(.tensor(b), b.argument(a))
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
    Aten.remainder(.tensor(self), argument(divisor))
  }

  /// Each element to a power.
  public func raised(to exponent: Double) -> Tensor { Aten.pow(.tensor(self), argument(exponent)) }

  /// Each element to the power of the other tensor's element.
  public func raised(to exponent: Tensor) -> Tensor {
    Aten.powTensor(.tensor(self), .tensor(exponent))
  }

  /// x².
  public var squared: Tensor { self * self }

  /// The quotient rounded towards −∞.
  public func dividedDown(by divisor: Double) -> Tensor {
    Aten.divScalarMode(.tensor(self), argument(divisor), .string("floor"))
  }

  /// (1 − `fraction`)·self + `fraction`·other.
  public func interpolated(to other: Tensor, fraction: Double) -> Tensor {
    Aten.lerp(.tensor(self), .tensor(other), .real(fraction))
  }

  /// The angle in (−π, π] of the points (`x`, `y`).
  public static func angle(y: Tensor, x: Tensor) -> Tensor { Aten.atan2(.tensor(y), .tensor(x)) }

  /// log(exp(a) + exp(b)), without overflow.
  public func logAddExp(_ other: Tensor) -> Tensor {
    Aten.logaddexp(.tensor(self), .tensor(other))
  }

  /// self·log(`other`), and 0 where self is 0.
  public func timesLogarithm(of other: Tensor) -> Tensor {
    Aten.xlogy(.tensor(self), .tensor(other))
  }

  /// The larger of each pair of elements.
  public func maximum(_ other: Tensor) -> Tensor { Aten.maximum(.tensor(self), .tensor(other)) }

  /// The smaller of each pair of elements.
  public func minimum(_ other: Tensor) -> Tensor { Aten.minimum(.tensor(self), .tensor(other)) }

  /// Each element moved into a range.
  public func clamped(min: Double? = nil, max: Double? = nil) -> Tensor {
    Aten.clamp(
      .tensor(self),
      min.map { argument($0) } ?? .none,
      max.map { argument($0) } ?? .none
    )
  }

  /// A scalar beside this tensor: whole numbers stay integers beside integer tensors, so that these keep their type.
  func argument(_ value: Double) -> Argument {
    if !elementType.isFloatingPoint, let whole = Int(exactly: value) { return .integer(whole) }
    return .real(value)
  }
}
