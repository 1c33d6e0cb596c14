/// A height and a width: written `3` when they are equal, `[3, 2]` when not.
public struct Extent2D: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
  public let height: Int
  public let width: Int

  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// The same for both.
  public init(_ both: Int) { self.init(both, both) }

  public init(integerLiteral both: Int) { self.init(both) }

  public init(arrayLiteral lengths: Int...) {
    precondition(lengths.count == 2, "Extent2D: \(lengths) is not a height and a width")
    self.init(lengths[0], lengths[1])
  }

  var lengths: [Int] { [height, width] }
  var area: Int { height * width }
}
