import Tensors

/// A batch parted so that any number of processes makes the same steps, to the last bit.
///
/// The batch is cut into a fixed number of parts, the *micro-shards*. The gradient of each is computed by
/// itself, with random numbers of its own, and they are added in one fixed tree, whatever number of
/// processes shares the work:
///
///     ∇L(batch) = Σ_k (n_k / n) ∇L(part k),   ((∇0 + ∇1) + (∇2 + ∇3)) + …
///
/// Every process has all parameters and makes every step. The number of parts decides the last bits, and
/// what losses that compare examples of a batch with each other see of it; the number of processes does
/// not. Processes need the same program, kind of processor and number of threads.
///
/// ```swift
/// let distiller = Distiller(student, minimizing: loss, sharing: try MicroShards(8, over: group))
/// ```
public struct MicroShards {
  /// The most parts that a batch may have.
  public static let most = 1_024

  /// How many parts there are.
  public let count: Int
  /// Who computes them; nil for this process alone.
  public let group: ProcessGroup?

  /// - Parameters:
  ///   - count: At least the number of processes; a power of two times it is added with the fewest numbers
  ///     sent.
  /// - Throws: ``DistillationError`` when there are fewer parts than processes.
  public init(_ count: Int, over group: ProcessGroup? = nil) throws {
    precondition(count > 0, "MicroShards(\(count)): must be positive")
    if let group, group.size > count {
      throw DistillationError(
        "\(group.size) processes cannot share \(count) micro-shards: start at most \(count), or part "
          + "batches into more"
      )
    }
    (self.count, self.group) = (count, group)
  }

  /// Where part `index` of `total` things is among them; parts are as even as can be.
  func part(_ index: Int, of total: Int) -> Range<Int> {
    total * index / count..<total * (index + 1) / count
  }

  /// The parts that one of `size` processes computes.
  func own(of rank: Int, among size: Int) -> Range<Int> {
    count * rank / size..<count * (rank + 1) / size
  }

  /// The largest subtrees that a process can add by itself, from left to right.
  func pieces(of rank: Int, among size: Int) -> [Range<Int>] {
    let own = own(of: rank, among: size)
    func pieces(_ range: Range<Int>) -> [Range<Int>] {
      if own.lowerBound <= range.lowerBound && range.upperBound <= own.upperBound { return [range] }
      guard own.overlaps(range), range.count > 1 else { return [] }
      return Self.halves(of: range).flatMap(pieces)
    }
    return pieces(0..<count)
  }

  /// A range of parts, added in the tree.
  ///
  /// - Parameter known: What is known of a range; everything is of single parts.
  static func sum(
    _ range: Range<Int>,
    _ known: (Range<Int>) throws -> Tensor?
  ) rethrows -> Tensor {
    if let known = try known(range) { return known }
    let halves = halves(of: range)
    return try sum(halves[0], known) + sum(halves[1], known)
  }

  /// The left one has as many parts as the largest power of two allows, so that a tree of fewer parts is a
  /// part of a larger one.
  private static func halves(of range: Range<Int>) -> [Range<Int>] {
    var left = 1
    while left * 2 < range.count { left *= 2 }
    let middle = range.lowerBound + left
    return [range.lowerBound..<middle, middle..<range.upperBound]
  }
}

/// How long the steps of a shared training took, in seconds.
public struct SharedSeconds: Sendable, Equatable {
  public internal(set) var steps = 0
  /// This process' own parts.
  public internal(set) var computing = 0.0
  /// Sending, receiving, and waiting for others.
  public internal(set) var exchanging = 0.0

  /// How many times as fast as one process the processes are together: its time would be that of all
  /// parts, computed as fast as here.
  ///
  /// - Parameter size: The number of processes.
  public func speedup(of size: Int) -> Double {
    computing * Double(size) / max(computing + exchanging, 1e-12)
  }
}
