import Probability

/// A stream whose draws are changed one by one, such as into the coordinates of a model.
public final class MappedDraws: DrawStream {
  private let source: any DrawStream
  private let change: ([Double]) throws -> [Double]

  public init(_ source: any DrawStream, _ change: @escaping ([Double]) throws -> [Double]) {
    self.source = source
    self.change = change
  }

  public func next() throws -> [Double]? { try source.next().map(change) }

  public func restart() throws { try source.restart() }
}

/// A stream that gives each draw several times in a row: each then teaches at several inputs. The
/// gradient stays right on average; its examples are no longer independent.
public final class RepeatedDraws: DrawStream {
  private let source: any DrawStream
  private let times: Int
  private var latest: [Double]?
  private var given = 0

  public init(_ source: any DrawStream, times: Int) {
    precondition(times > 0, "RepeatedDraws: \(times) times, must be at least once")
    self.source = source
    self.times = times
  }

  public func next() throws -> [Double]? {
    if given % times == 0 { latest = try source.next() }
    guard latest != nil else { return nil }
    given += 1
    return latest
  }

  public func restart() throws {
    try source.restart()
    (latest, given) = (nil, 0)
  }
}

/// Draws of a bag in memory, chosen at random, without end.
public final class BagDraws: DrawStream {
  private let bag: [[Double]]
  private let seed: UInt64
  private var random: RandomStream

  public init(_ bag: [[Double]], seed: UInt64) {
    precondition(!bag.isEmpty, "BagDraws: the bag is empty")
    self.bag = bag
    self.seed = seed
    random = RandomStream(seed: seed)
  }

  public func next() -> [Double]? { bag[random.index(below: bag.count)] }

  public func restart() { random = RandomStream(seed: seed) }
}

/// Draws that were read already, and then the rest of their stream.
public final class PrefixedDraws: DrawStream {
  private var prefix: ArraySlice<[Double]>
  private let source: any DrawStream

  public init(_ prefix: [[Double]], _ source: any DrawStream) {
    self.prefix = prefix[...]
    self.source = source
  }

  public func next() throws -> [Double]? { try prefix.popFirst() ?? source.next() }

  /// The source begins with the prefix.
  public func restart() throws {
    try source.restart()
    prefix = []
  }
}
