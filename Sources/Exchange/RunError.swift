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

/// One line about any error, to be printed after the program's name. What a file or an option says may
/// be in it: of what is long the middle is left out.
package func sentence(for error: any Error) -> String {
  let text =
    switch error {
    case let error as POSIXError: error.reason
    case let error as CocoaError: error.localizedDescription
    case let error as DecodingError: reason(error)
    case let error as LocalizedError: error.errorDescription ?? "\(error)"
    default: type(of: error) is NSError.Type ? error.localizedDescription : "\(error)"
    }
  let line = abbreviated(text).split(whereSeparator: \.isNewline)
    .map { $0.trimmingCharacters(in: .whitespaces) }
    .filter { !$0.isEmpty }
    .joined(separator: " ")
  let half = 1_000
  return line.dropFirst(2 * half).isEmpty ? line : "\(line.prefix(half)) … \(line.suffix(half))"
}

private func reason(_ error: DecodingError) -> String {
  func place(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
    let path = context.codingPath + [key].compactMap(\.self)
    let words = path.map { $0.intValue.map { "\($0 + 1)" } ?? $0.stringValue }
    return words.isEmpty ? "it" : "'\(words.joined(separator: " "))'"
  }
  switch error {
  case .typeMismatch(_, let context), .valueNotFound(_, let context):
    return "\(place(context)) is of another kind than it must be"
  case .keyNotFound(let key, let context): return "\(place(context, key)) is missing"
  case .dataCorrupted(let context):
    return context.underlyingError.map(sentence) ?? "\(place(context)): \(context.debugDescription)"
  @unknown default: return "\(error)"
  }
}
