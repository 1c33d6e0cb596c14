import Exchange
import Foundation
import Tensors

extension ProgramTeacher {
  /// Makes this program such a teacher: answers every batch that comes on standard input, until it is
  /// closed. Whatever is printed meanwhile goes to standard error.
  ///
  /// ```swift
  /// try ProgramTeacher.serve { images in network(images / 255) }
  /// ```
  ///
  /// - Parameter answer: Makes `[examples, outputs]` of `[examples, inputs…]`.
  /// - Throws: `RunError` when what comes is no batch, or the answer cannot be written; and what
  ///   `answer` throws.
  public static func serve(_ answer: (Tensor) throws -> Tensor) throws {
    let sink = dup(STDOUT_FILENO)
    dup2(STDERR_FILENO, STDOUT_FILENO)
    defer {
      dup2(sink, STDOUT_FILENO)
      close(sink)
    }
    var bytes: [UInt8] = []
    while true {
      do {
        while let question = try ProgramMessage.take(from: &bytes) {
          let inputs = try NumPy.read(question, named: "standard input")
          try write(ProgramMessage.framed(NumPy.bytes(of: answer(inputs))), to: sink)
        }
      } catch let stray as ProgramMessage.Stray {
        throw RunError("standard input holds no batch but '\(stray.text)'")
      }
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      let got = read(STDIN_FILENO, &buffer, buffer.count)
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { return }
      bytes += buffer.prefix(got)
    }
  }

  private static func write(_ bytes: [UInt8], to file: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let wrote = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      if wrote < 0, errno == EINTR { continue }
      guard wrote > 0 else { throw RunError("the answer cannot be written: nobody reads it") }
      rest = rest.dropFirst(wrote)
    }
  }
}
