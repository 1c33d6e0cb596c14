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
/// when `body` returns; until then its result stands in as a copy of the first operand.
///
/// ```swift
/// let product = try withTorchErrors { a.matmul(b) }
/// // throws "matmul of [2, 3] and [4, 5]: mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)"
/// ```
public func withTorchErrors<Result>(_ body: () throws -> Result) throws -> Result {
  let outer = ErrorScope.current
  let scope = ErrorScope()
  ErrorScope.current = scope
  defer { ErrorScope.current = outer }
  let result = try body()
  if let error = scope.first { throw error }
  return result
}

/// The innermost `withTorchErrors` on this thread.
final class ErrorScope {
  var first: TorchError?

  static var current: ErrorScope? {
    get { ThreadState.current.errorScope }
    set { ThreadState.current.errorScope = newValue }
  }
}

/// Reports a failed operation: remembered in the innermost scope, else a trap.
func report(_ message: String) {
  guard let scope = ErrorScope.current else { fatalError(message) }
  if scope.first == nil { scope.first = TorchError(message) }
}
