/// A bounded number of draws at even distances from a stream of any length: whenever the bag is
/// full, every second draw leaves it, and from then on half as many enter.
public struct ThinnedBag: Sendable {
  public let capacity: Int
  /// The draws, in their order.
  public private(set) var draws: [[Double]] = []
  /// Every how manieth draw is in the bag.
  public private(set) var stride = 1
  /// Draws that were shown to the bag.
  public private(set) var seen = 0

  /// - Parameter capacity: The most draws; even.
  public init(capacity: Int) {
    precondition(capacity >= 2 && capacity % 2 == 0, "ThinnedBag: a capacity of \(capacity)")
    self.capacity = capacity
  }

  public mutating func add(_ draw: [Double]) {
    defer { seen += 1 }
    guard seen % stride == 0 else { return }
    if draws.count == capacity {
      draws = Swift.stride(from: 0, to: capacity, by: 2).map { draws[$0] }
      stride *= 2
      // The newcomer keeps the distance, because the capacity is even.
    }
    draws.append(draw)
  }
}
