import Foundation
import Tensors

/// What a run could not do: one sentence that says what, where, and what to do about it.
public struct RunError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

/// The reason inside: what Yams cannot decode it wraps twice.
package func innermost(_ error: any Error) -> any Error {
  var reason = error
  while case DecodingError.dataCorrupted(let context) = reason, let inner = context.underlyingError
  {
    reason = inner
  }
  return reason
}

/// One line about any error, to be printed after the program's name.
package func sentence(for error: any Error) -> String {
  let text =
    switch error {
    case let error as POSIXError: error.reason
    case let error as CocoaError: error.localizedDescription
    case let error as LocalizedError: error.errorDescription ?? "\(error)"
    default: type(of: error) is NSError.Type ? error.localizedDescription : "\(error)"
    }
  return text.split(whereSeparator: \.isNewline)
    .map { $0.trimmingCharacters(in: .whitespaces) }
    .filter { !$0.isEmpty }
    .joined(separator: " ")
}
