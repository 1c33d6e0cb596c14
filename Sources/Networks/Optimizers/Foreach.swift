import Tensors

/// libtorch's operations on lists of tensors, changing the first list in place.
enum Foreach {
  private static let mulScalar = Operator("aten::_foreach_mul_", "Scalar")
  private static let mulList = Operator("aten::_foreach_mul_", "List")
  private static let divList = Operator("aten::_foreach_div_", "List")
  private static let addScalar = Operator("aten::_foreach_add_", "Scalar")
  private static let addList = Operator("aten::_foreach_add_", "List")
  private static let addcmul = Operator("aten::_foreach_addcmul_", "Scalar")
  private static let addcdiv = Operator("aten::_foreach_addcdiv_", "Scalar")
  private static let lerp = Operator("aten::_foreach_lerp_", "Scalar")
  private static let sqrt = Operator("aten::_foreach_sqrt_")
  private static let plusScalar = Operator("aten::_foreach_add", "Scalar")
  private static let plusList = Operator("aten::_foreach_add", "List")

  /// a ← a·factor
  static func multiply(_ a: [Tensor], by factor: Double) {
    mulScalar.perform(.tensors(a), .real(factor))
  }

  /// a ← a·b
  static func multiply(_ a: [Tensor], by b: [Tensor]) { mulList.perform(.tensors(a), .tensors(b)) }

  /// a ← a/b
  static func divide(_ a: [Tensor], by b: [Tensor]) { divList.perform(.tensors(a), .tensors(b)) }

  /// a ← a + term
  static func add(_ term: Double, to a: [Tensor]) { addScalar.perform(.tensors(a), .real(term)) }

  /// a ← a + factor·b
  static func add(_ factor: Double, times b: [Tensor], to a: [Tensor]) {
    addList.perform(.tensors(a), .tensors(b), .real(factor))
  }

  /// a ← a + factor·b·b
  static func add(_ factor: Double, timesSquared b: [Tensor], to a: [Tensor]) {
    addcmul.perform(.tensors(a), .tensors(b), .tensors(b), .real(factor))
  }

  /// a ← a + factor·b/c
  static func add(_ factor: Double, times b: [Tensor], over c: [Tensor], to a: [Tensor]) {
    addcdiv.perform(.tensors(a), .tensors(b), .tensors(c), .real(factor))
  }

  /// a ← a + weight·(b − a)
  static func interpolate(_ a: [Tensor], toward b: [Tensor], by weight: Double) {
    lerp.perform(.tensors(a), .tensors(b), .real(weight))
  }

  /// a ← √a
  static func takeRoot(_ a: [Tensor]) { sqrt.perform(.tensors(a)) }

  /// a + term, a new list
  static func sum(_ a: [Tensor], _ term: Double) -> [Tensor] {
    plusScalar.results(.tensors(a), .real(term), capacity: a.count)
  }

  /// a + factor·b, a new list
  static func sum(_ a: [Tensor], _ factor: Double, times b: [Tensor]) -> [Tensor] {
    plusList.results(.tensors(a), .tensors(b), .real(factor), capacity: a.count)
  }
}
