import Foundation

/// Why a file could not be read or written: one sentence that says where, what, and what to do.
///
/// ```swift
/// do {
///   let images = try IDX.read(from: url)
/// } catch let error as FileError {
///   print(error)
///   // images.gz, byte 16: the header promises 47040000 bytes but only 1000 follow; fetch the file again
/// }
/// ```
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A place inside a file.
  public enum Position: Hashable, Sendable {
    /// Bytes from the start, from 0.
    case byte(Int)
    /// A line of a table, from 1 and counting the header, and a column's name or number.
    case row(Int, column: String?)
    /// A member of an archive.
    case member(String)
  }

  /// The file's path, as given.
  public let file: String
  /// Where in the file, when that is known.
  public let position: Position?
  /// What is wrong.
  public let problem: String
  /// What to do about it.
  public let advice: String

  public init(_ url: URL, at position: Position? = nil, _ problem: String, _ advice: String) {
    self.file = url.isFileURL ? url.path : url.absoluteString
    self.position = position
    self.problem = problem
    self.advice = advice
  }

  public var description: String {
    let place =
      switch position {
      case .byte(let offset): ", byte \(offset)"
      case .row(let row, column: nil): ", row \(row)"
      case .row(let row, column: let column?): ", row \(row), column \(column)"
      case .member(let name): ", member '\(name)'"
      case nil: ""
      }
    return "\(file)\(place): \(problem); \(advice)"
  }
}

extension FileError: LocalizedError {
  public var errorDescription: String? { description }
}

extension FileError {
  /// The same error inside a member of an archive, whose own offsets mean nothing to the reader.
  func inside(member name: String, of url: URL) -> FileError {
    FileError(url, at: .member(name), problem, advice)
  }

  static let fetchAgain = "fetch or write the file again"
}

/// Text from a file, made safe to show in an error: short, printable, in one line.
func shown(_ bytes: some Collection<UInt8>) -> String {
  let head = String(decoding: bytes.prefix(24), as: UTF8.self)
  let printable = head.unicodeScalars.map { scalar in
    scalar.properties.generalCategory == .control ? "·" : String(scalar)
  }
  return "'\(printable.joined())\(bytes.count > 24 ? "…" : "")'"
}
