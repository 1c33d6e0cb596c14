private enum Aten {
  static let eq = Operator("aten::eq", "Tensor")
  static let eqScalar = Operator("aten::eq", "Scalar")
  static let ne = Operator("aten::ne", "Tensor")
  static let neScalar = Operator("aten::ne", "Scalar")
  static let lt = Operator("aten::lt", "Tensor")
  static let le = Operator("aten::le", "Tensor")
  static let ltScalar = Operator("aten::lt", "Scalar")
  static let leScalar = Operator("aten::le", "Scalar")
  static let gtScalar = Operator("aten::gt", "Scalar")
  static let geScalar = Operator("aten::ge", "Scalar")
  static let isnan = Operator("aten::isnan")
  static let isfinite = Operator("aten::isfinite")
  static let not = Operator("aten::logical_not")
  static let and = Operator("aten::logical_and")
  static let xor = Operator("aten::logical_xor")
  static let or = Operator("aten::logical_or")
}

/// Element by element, giving `bool` tensors; the dotted operators of SIMD types.
extension Tensor {
  public static func .== (a: Tensor, b: Tensor) -> Tensor { Aten.eq(.tensor(a), .tensor(b)) }
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { Aten.ne(.tensor(a), .tensor(b)) }
  public static func .< (a: Tensor, b: Tensor) -> Tensor { Aten.lt(.tensor(a), .tensor(b)) }
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { Aten.le(.tensor(a), .tensor(b)) }
  public static func .> (a: Tensor, b: Tensor) -> Tensor { b .< a }
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { b .<= a }

  public static func .== (a: Tensor, b: Double) -> Tensor {
    Aten.eqScalar(.tensor(a), a.argument(b))
  }
  public static func .!= (a: Tensor, b: Double) -> Tensor {
    Aten.neScalar(.tensor(a), a.argument(b))
  }
  public static func .< (a: Tensor, b: Double) -> Tensor {
    Aten.ltScalar(.tensor(a), a.argument(b))
  }
  public static func .<= (a: Tensor, b: Double) -> Tensor {
    Aten.leScalar(.tensor(a), a.argument(b))
  }
  public static func .> (a: Tensor, b: Double) -> Tensor {
    Aten.gtScalar(.tensor(a), a.argument(b))
  }
  public static func .>= (a: Tensor, b: Double) -> Tensor {
    Aten.geScalar(.tensor(a), a.argument(b))
  }

  /// Not, element by element.
  public static prefix func .! (a: Tensor) -> Tensor { Aten.not(.tensor(a)) }
  /// Both true.
  public static func .& (a: Tensor, b: Tensor) -> Tensor { Aten.and(.tensor(a), .tensor(b)) }
  /// At least one true.
  public static func .| (a: Tensor, b: Tensor) -> Tensor { Aten.or(.tensor(a), .tensor(b)) }
  /// Exactly one true.
  public static func .^ (a: Tensor, b: Tensor) -> Tensor { Aten.xor(.tensor(a), .tensor(b)) }

  /// Where elements are not a number.
  public var isNaN: Tensor { Aten.isnan(.tensor(self)) }
  /// Where elements are neither infinite nor NaN.
  public var isFinite: Tensor { Aten.isfinite(.tensor(self)) }

  /// Whether every element is a finite number.
  public var isAllFinite: Bool { isFinite.isAllTrue }

  /// The largest |a − b|; infinite when shapes differ, 0 for empty tensors, NaN if any is NaN.
  public func largestDifference(from other: Tensor) -> Double {
    guard shape == other.shape else { return .infinity }
    if count == 0 { return 0 }
    return (cast(to: .float64) - other.cast(to: .float64)).magnitude.maximum().doubleValue
  }
}

prefix operator .!
