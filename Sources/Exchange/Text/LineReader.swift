import Foundation

/// The lines of a file or of standard input, read a piece at a time; gzip is recognised.
package final class LineReader {
  /// No line of numbers is longer; what is, is no table.
  package static let longestLine = 1 << 28

  private let bytes: BytesInTurn
  private var buffer: UnsafeMutablePointer<CChar>
  private var capacity = 1 << 16
  /// What was read and not handed out: `buffer[start..<end]`.
  private var (start, end) = (0, 0)
  private var hasEnded = false
  /// The number of the line read last, from 1.
  package private(set) var number = 0
  /// Whether the line read last ended with the bytes instead of an end of line: it may be cut.
  package private(set) var isUnfinished = false

  /// - Parameters:
  ///   - path: A file, or `-` for standard input.
  ///   - isCancelled: Whether to give up waiting for more of a pipe.
  /// - Throws: One sentence when it cannot be read.
  package init(_ path: String, isCancelled: @escaping () -> Bool = { false }) throws {
    bytes = try BytesInTurn(path, isCancelled: isCancelled)
    // One more for a terminating zero.
    buffer = .allocate(capacity: capacity + 1)
  }

  deinit { buffer.deallocate() }

  /// Hands the next line, without its end, to `body`; nil when there is none.
  ///
  /// - Throws: ``BytesInTurn/Cancelled``, one sentence when it cannot be read on, and what `body` throws.
  package func next<Result>(
    _ body: (UnsafeMutableBufferPointer<CChar>) throws -> Result
  ) throws -> Result? {
    var searched = 0
    while true {
      let from = buffer + start + searched
      if let found = memchr(from, 10, end - start - searched) {
        let length = found.assumingMemoryBound(to: CChar.self) - (buffer + start)
        return try hand(length, skipping: 1, to: body)
      }
      searched = end - start
      guard !hasEnded else {
        return searched == 0 ? nil : try hand(searched, skipping: 0, to: body)
      }
      try refill()
    }
  }

  private func hand<Result>(
    _ length: Int,
    skipping ending: Int,
    to body: (UnsafeMutableBufferPointer<CChar>) throws -> Result
  ) throws -> Result {
    number += 1
    isUnfinished = ending == 0
    let line = buffer + start
    start += length + ending
    var count = length
    while count > 0, line[count - 1] == 13 { count -= 1 }
    // A terminating zero lets numbers be parsed in place.
    line[count] = 0
    return try body(UnsafeMutableBufferPointer(start: line, count: count))
  }

  private func refill() throws {
    if start > 0 {
      memmove(buffer, buffer + start, end - start)
      (start, end) = (0, end - start)
    }
    if end == capacity {
      guard capacity < Self.longestLine else {
        throw RunError(
          "line \(number + 1) is longer than \(Self.longestLine >> 20) MiB: this is no table"
        )
      }
      let wider = UnsafeMutablePointer<CChar>.allocate(capacity: 2 * capacity + 1)
      memcpy(wider, buffer, end)
      buffer.deallocate()
      (buffer, capacity) = (wider, 2 * capacity)
    }
    do {
      let room = UnsafeMutableRawBufferPointer(start: buffer + end, count: capacity - end)
      let count = try bytes.read(into: room)
      hasEnded = count == 0
      end += count
    } catch let cancelled as BytesInTurn.Cancelled {
      throw cancelled
    } catch {
      throw RunError("reading failed after line \(number): \(sentence(for: error))")
    }
  }
}
