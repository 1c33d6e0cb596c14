import Foundation
import Tensors

/// Arithmetic on single numbers: what shapes are computed with.
enum NumberOperation: String {
  case add, sub, mul, floordiv, truediv, mod, pow, neg
  case eq, ne, lt, le, gt, ge
  case and = "and_"
  case or = "or_"
  case not = "sym_not"
  case max = "sym_max"
  case min = "sym_min"
  case integer = "sym_int"
  case real = "sym_float"
  case truncated = "trunc"
  case choice = "sym_ite"
  case root = "_sym_sqrt"

  typealias Number = NamedOperator.Result

  /// - Throws: ``TorchError`` when the numbers are not what the operation takes, or the result is
  ///   beyond 64 bits.
  func callAsFunction(_ numbers: [Number]) throws -> Number {
    if case .choice = self, numbers.count == 3, case .bool(let condition) = numbers[0] {
      return numbers[condition ? 1 : 2]
    }
    switch numbers.count {
    case 1: return try one(numbers[0])
    case 2:
      if case .bool(let a) = numbers[0], case .bool(let b) = numbers[1] { return try logical(a, b) }
      if case .integer(let a) = numbers[0], case .integer(let b) = numbers[1], self != .truediv {
        return try whole(a, b)
      }
      return try fractions(Self.real(numbers[0]), Self.real(numbers[1]))
    default: throw refused
    }
  }

  private var refused: TorchError { TorchError("\(rawValue) cannot be computed of these numbers") }

  private static func real(_ number: Number) throws -> Double {
    switch number {
    case .integer(let integer): return Double(integer)
    case .real(let real): return real
    default: throw TorchError("a number is expected where there is none")
    }
  }

  private func one(_ number: Number) throws -> Number {
    switch (self, number) {
    case (.not, .bool(let bool)): return .bool(!bool)
    case (.neg, .integer(let integer)):
      return try checked((0).subtractingReportingOverflow(integer))
    case (.neg, .real(let real)): return .real(-real)
    case (.integer, .integer), (.truncated, .integer): return number
    case (.integer, .real(let real)), (.truncated, .real(let real)):
      guard let whole = Int(exactly: real.rounded(.towardZero)) else { throw refused }
      return .integer(whole)
    case (.real, _): return .real(try Self.real(number))
    case (.root, _): return .real(try Self.real(number).squareRoot())
    default: throw refused
    }
  }

  private func logical(_ a: Bool, _ b: Bool) throws -> Number {
    switch self {
    case .and: return .bool(a && b)
    case .or: return .bool(a || b)
    case .eq: return .bool(a == b)
    case .ne: return .bool(a != b)
    default: throw refused
    }
  }

  private func whole(_ a: Int, _ b: Int) throws -> Number {
    switch self {
    case .add: return try checked(a.addingReportingOverflow(b))
    case .sub: return try checked(a.subtractingReportingOverflow(b))
    case .mul: return try checked(a.multipliedReportingOverflow(by: b))
    case .floordiv, .mod:
      let (quotient, overflows) = a.dividedReportingOverflow(by: b)
      guard !overflows else { throw refused }
      // Python rounds downwards.
      let floor = a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient
      if self == .floordiv { return .integer(floor) }
      return .integer(floor == quotient ? a % b : a % b + b)
    case .pow:
      // Beyond 2⁵³ not every whole number is a double.
      guard b >= 0, let power = Int(exactly: Foundation.pow(Double(a), Double(b))),
        power.magnitude <= 1 << 53
      else {
        throw refused
      }
      return .integer(power)
    case .max: return .integer(Swift.max(a, b))
    case .min: return .integer(Swift.min(a, b))
    default: return try compared(a, b)
    }
  }

  private func fractions(_ a: Double, _ b: Double) throws -> Number {
    switch self {
    case .add: return .real(a + b)
    case .sub: return .real(a - b)
    case .mul: return .real(a * b)
    case .truediv:
      guard b != 0 else { throw refused }
      return .real(a / b)
    case .floordiv: return .real((a / b).rounded(.down))
    case .mod: return .real(a - b * (a / b).rounded(.down))
    case .pow: return .real(Foundation.pow(a, b))
    case .max: return .real(Swift.max(a, b))
    case .min: return .real(Swift.min(a, b))
    default: return try compared(a, b)
    }
  }

  private func compared<Value: Comparable>(_ a: Value, _ b: Value) throws -> Number {
    switch self {
    case .eq: return .bool(a == b)
    case .ne: return .bool(a != b)
    case .lt: return .bool(a < b)
    case .le: return .bool(a <= b)
    case .gt: return .bool(a > b)
    case .ge: return .bool(a >= b)
    default: throw refused
    }
  }

  private func checked(_ result: (partialValue: Int, overflow: Bool)) throws -> Number {
    guard !result.overflow else { throw refused }
    return .integer(result.partialValue)
  }
}
