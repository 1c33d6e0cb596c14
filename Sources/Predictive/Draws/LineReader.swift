import Foundation

/// The lines of a file or of standard input, read a piece at a time.
final class LineReader {
  private let file: UnsafeMutablePointer<FILE>
  private var line: UnsafeMutablePointer<CChar>?
  private var capacity = 0
  /// The number of the line read last, from 1.
  private(set) var number = 0

  /// - Parameter path: A file, or `-` for standard input.
  init(_ path: String) throws {
    if path == "-" {
      guard let input = fdopen(dup(STDIN_FILENO), "r") else {
        throw PredictiveError("standard input cannot be read: \(String(cString: strerror(errno)))")
      }
      file = input
      return
    }
    var isDirectory = ObjCBool(false)
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
      isDirectory.boolValue
    {
      throw PredictiveError("\(path) is a folder, not a file of draws: name the file in it")
    }
    guard let opened = fopen(path, "r") else {
      throw PredictiveError("\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    file = opened
  }

  deinit {
    free(line)
    fclose(file)
  }

  /// Hands the next line, without its end, to `body`; nil when there is none.
  func next<Result>(
    _ body: (UnsafeBufferPointer<CChar>) throws -> Result
  ) throws -> Result? {
    let length = getline(&line, &capacity, file)
    guard length >= 0, let line else {
      guard ferror(file) == 0 else {
        throw PredictiveError(
          "reading failed after line \(number): \(String(cString: strerror(errno)))"
        )
      }
      return nil
    }
    number += 1
    var count = length
    while count > 0, line[count - 1] == 10 || line[count - 1] == 13 { count -= 1 }
    // A terminating zero lets numbers be parsed in place.
    line[count] = 0
    return try body(UnsafeBufferPointer(start: line, count: count))
  }
}
