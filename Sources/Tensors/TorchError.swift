import CTorch

/// What libtorch, or a check in front of it, refused to do.
public struct TorchError: Error, CustomStringConvertible, Sendable {
  /// One sentence.
  public let description: String

  public init(_ description: String) { self.description = description }
}

/// Runs `body` so that operations that cannot be done throw instead of trapping.
///
/// For data whose shapes are not known when the program is written. The first failure is thrown
/// when `body` returns; until then the first operand (a NaN where there is none) stands in for each
/// result. Its shape is not the one `body` expects, so `body` should call tensor operations, which
/// go on quietly, and leave subscripts of `shape` and the like for after.
///
/// An error that `body` throws itself comes out unless an operation failed before it.
///
/// ```swift
/// let product = try withTorchErrors { a.matmul(b) }
/// // throws "matmul of [2, 3] and [4, 5]: mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)"
/// ```
public func withTorchErrors<Result>(_ body: () throws -> Result) throws -> Result {
  let outer = ThreadState.errorScope
  let scope = ErrorScope()
  ThreadState.errorScope = scope
  defer { ThreadState.errorScope = outer }
  return try withExtendedLifetime(scope) {
    let result = Swift.Result { try body() }
    if let error = scope.first { throw error }
    return try result.get()
  }
}

/// What a `withTorchErrors` remembers.
final class ErrorScope {
  var first: TorchError?
}

/// Reports a failed operation: remembered in the innermost scope, else a trap.
func report(_ message: String) {
  guard let scope = ThreadState.errorScope else { fatalError(message) }
  if scope.first == nil { scope.first = TorchError(message) }
}

/// Reports when a condition does not hold, and says whether it does.
package func holds(_ condition: Bool, _ message: @autoclosure () -> String) -> Bool {
  if !condition { report(message()) }
  return condition
}
