import Exchange

/// A part of work that several machines share without a word to each other.
public struct Shard: Hashable, Sendable, LosslessStringConvertible {
  /// From 1 to ``count``.
  public let number: Int
  public let count: Int

  /// All of it.
  public static let whole = Shard("1/1")!

  /// `2/8` is the second of eight; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let number = parts[0], let count = parts[1],
      (1...1_000_000).contains(count), (1...count).contains(number)
    else { return nil }
    (self.number, self.count) = (number, count)
  }

  public var description: String { "\(number)/\(count)" }

  /// Its share of things that are counted from 0; the shares of all shards are as even as can be.
  public func share(of total: Int) -> Range<Int> {
    func start(_ number: Int) -> Int {
      let (quotient, rest) = total.quotientAndRemainder(dividingBy: count)
      return quotient * number + rest * number / count
    }
    return start(number - 1)..<start(number)
  }
}
