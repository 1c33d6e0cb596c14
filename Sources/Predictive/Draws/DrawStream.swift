import Probability

/// Draws that come one at a time: of a chain, a file, or a program's output.
public protocol DrawStream: AnyObject {
  /// The next draw, or nil when there are no more.
  func next() throws -> [Double]?

  /// Goes back to the first draw.
  ///
  /// - Throws: Where what was read cannot be had again.
  func restart() throws
}

/// The draws of any sequence, such as a `MarkovChain`; none is kept.
public final class SequenceDraws<Source: Sequence<[Double]>>: DrawStream {
  private let source: Source
  private var iterator: Source.Iterator

  public init(_ source: Source) {
    self.source = source
    iterator = source.makeIterator()
  }

  public func next() -> [Double]? { iterator.next() }

  public func restart() { iterator = source.makeIterator() }
}

/// Several streams in turn: chains side by side, whose neighbouring draws are independent.
public final class InterleavedDraws: DrawStream {
  private let streams: [any DrawStream]
  private var turn = 0

  public init(_ streams: [any DrawStream]) {
    precondition(!streams.isEmpty, "InterleavedDraws: needs at least one stream")
    self.streams = streams
  }

  /// Ends with the first stream that has no more.
  public func next() throws -> [Double]? {
    defer { turn = (turn + 1) % streams.count }
    return try streams[turn].next()
  }

  public func restart() throws {
    turn = 0
    for stream in streams { try stream.restart() }
  }
}
