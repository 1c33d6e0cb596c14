import Foundation
import Networks

/// What a command could not do.
struct CommandError: Error, CustomStringConvertible {
  /// One sentence: what, where, and what to do about it.
  let description: String

  init(_ description: String) { self.description = description }
}

/// The reason inside: what Yams cannot decode it wraps twice.
func innermost(_ error: any Error) -> any Error {
  var reason = error
  while case DecodingError.dataCorrupted(let context) = reason, let inner = context.underlyingError
  {
    reason = inner
  }
  return reason
}

/// One line about any error, to be printed after the program's name.
func sentence(for error: any Error) -> String {
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
