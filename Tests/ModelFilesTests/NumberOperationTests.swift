import Tensors
import Testing

@testable import ModelFiles

/// Arithmetic on single numbers, as Python has it.
@Suite struct NumberOperationTests {
  /// What Python 3 computes of the expressions.
  static let integers: [(NumberOperation, Int, Int, Int)] = [
    (.add, 7, -2, 5), (.sub, 7, -2, 9), (.mul, 7, -2, -14), (.floordiv, 7, 2, 3),
    (.floordiv, -7, 2, -4), (.floordiv, 7, -2, -4), (.floordiv, -7, -2, 3), (.mod, 7, 3, 1),
    (.mod, -7, 3, 2), (.mod, 7, -3, -2), (.mod, -7, -3, -1), (.mod, .min, 3, 1),
    (.mod, .max, -3, -2), (.pow, 3, 4, 81), (.max, 3, -4, 3),
    (.min, 3, -4, -4),
  ]

  @Test(arguments: integers.indices) func integersAreAsInPython(index: Int) throws {
    let (operation, a, b, right) = Self.integers[index]
    guard case .integer(let found) = try operation([.integer(a), .integer(b)]) else {
      Issue.record("no integer")
      return
    }
    #expect(found == right)
  }

  static let reals: [(NumberOperation, Double, Double, Double)] = [
    (.add, 1.5, 2, 3.5), (.truediv, 7, 2, 3.5), (.floordiv, -7.5, 2, -4), (.mod, -7.5, 2, 0.5),
    (.pow, 2, -1, 0.5), (.max, 1.5, -2, 1.5),
  ]

  @Test(arguments: reals.indices) func realsAreAsInPython(index: Int) throws {
    let (operation, a, b, right) = Self.reals[index]
    guard case .real(let found) = try operation([.real(a), .real(b)]) else {
      Issue.record("no real number")
      return
    }
    #expect(found == right)
  }

  @Test func oneNumber() throws {
    guard case .integer(-3) = try NumberOperation.integer([.real(-3.7)]),
      case .integer(-3) = try NumberOperation.neg([.integer(3)]),
      case .bool(false) = try NumberOperation.not([.bool(true)]),
      case .real(3) = try NumberOperation.root([.integer(9)]),
      case .bool(true) = try NumberOperation.le([.integer(2), .real(2)]),
      case .integer(5) = try NumberOperation.choice([.bool(false), .integer(4), .integer(5)])
    else {
      Issue.record("not as in Python")
      return
    }
  }

  static var refused: [(NumberOperation, [NamedOperator.Result])] {
    [
      (.add, [.integer(.max), .integer(1)]), (.sub, [.integer(.min), .integer(1)]),
      (.mul, [.integer(.max), .integer(2)]), (.floordiv, [.integer(1), .integer(0)]),
      (.floordiv, [.integer(.min), .integer(-1)]), (.mod, [.integer(1), .integer(0)]),
      (.mod, [.integer(.min), .integer(-1)]), (.pow, [.integer(10), .integer(40)]),
      (.pow, [.integer(3), .integer(34)]),
      (.pow, [.integer(2), .integer(-1)]), (.neg, [.integer(.min)]), (.integer, [.real(.infinity)]),
      (.integer, [.real(.nan)]), (.integer, [.real(1e300)]), (.truediv, [.real(1), .integer(0)]),
      (.add, [.integer(1)]), (.add, []), (.not, [.integer(1)]), (.add, [.bool(true), .bool(true)]),
      (.neg, [.none]), (.and, [.integer(1), .integer(1)]),
    ]
  }

  @Test(arguments: refused.indices) func nonsenseIsRefused(index: Int) {
    let (operation, numbers) = Self.refused[index]
    #expect(throws: TorchError.self) { try operation(numbers) }
  }
}
