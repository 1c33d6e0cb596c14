/// The draws of a Markov chain, as an endless sequence.
///
/// ```swift
/// let chain = MarkovChain(SliceSampler(posterior), burnIn: 1000, seed: 1)
/// for draw in chain.prefix(10_000) { print(draw) }
/// ```
///
/// A chain is a value: iterating it twice gives the same draws. It keeps none of them.
public struct MarkovChain<Kernel: MarkovKernel>: Sequence, Sendable {
  public let kernel: Kernel
  /// Where to start; nil draws a start uniformly from (−2, 2) in every coordinate.
  public let start: [Double]?
  /// Steps before the first draw, during which the kernel tunes itself.
  public let burnIn: Int
  /// Steps for each draw.
  public let thinning: Int
  public let seed: UInt64
  /// The number of this chain among those of the same seed.
  public let index: Int

  /// - Parameters:
  ///   - kernel: How to move.
  ///   - start: The first position; the default draws it.
  ///   - burnIn: Adaptive steps that give no draws. The default is 1,000.
  ///   - thinning: Steps for each draw. The default is 1: every step is a draw.
  ///   - seed: Equal seeds give equal draws. The default is 0.
  ///   - index: Chains with different indices use disjoint random streams.
  public init(
    _ kernel: Kernel,
    from start: [Double]? = nil,
    burnIn: Int = 1000,
    thinning: Int = 1,
    seed: UInt64 = 0,
    index: Int = 0
  ) {
    precondition(
      burnIn >= 0 && thinning > 0 && index >= 0,
      "MarkovChain: burnIn (\(burnIn)), thinning (\(thinning)) or index (\(index)) is out of range"
    )
    self.kernel = kernel
    self.start = start
    self.burnIn = burnIn
    self.thinning = thinning
    self.seed = seed
    self.index = index
  }

  public func makeIterator() -> Iterator { Iterator(self) }

  /// The same chain going on from `checkpoint`, of whatever origin.
  ///
  /// - Throws: ``ProbabilityError`` when it is not one of a chain of this kernel.
  public func resumed(from checkpoint: Checkpoint) throws -> Iterator {
    guard countable.contains(checkpoint.steps), checkpoint.state.isSound(in: kernel.dimension),
      kernel.canStart(at: checkpoint.state.position)
    else {
      throw ProbabilityError.invalidData(
        "the checkpoint is not of a chain of \(Kernel.self) in \(kernel.dimension) dimensions"
      )
    }
    return Iterator(self, checkpoint)
  }

  /// Everything that the future of a chain depends on.
  public struct Checkpoint: Codable, Sendable {
    public fileprivate(set) var state: Kernel.State
    public fileprivate(set) var random: RandomStream
    /// Steps taken, those of the burn-in included.
    public fileprivate(set) var steps = 0
  }

  /// Hands `count` draws to `body` one after another and keeps none: the online form. Without the
  /// copy that an iterator makes of each draw.
  public func forEachDraw(
    _ count: Int,
    _ body: (_ draw: [Double], _ information: StepInformation) throws -> Void
  ) rethrows {
    var iterator = makeIterator()
    for _ in 0..<count {
      iterator.advance()
      try body(iterator.checkpoint.state.position, iterator.information)
    }
  }

  /// A chain in motion.
  public struct Iterator: IteratorProtocol {
    private let chain: MarkovChain
    /// The present state; save it to resume with ``MarkovChain/resumed(from:)`` to the same draws.
    public private(set) var checkpoint: Checkpoint
    /// What the steps of the last draw said: acceptance averaged, divergences and evaluations
    /// joined.
    public private(set) var information = StepInformation()

    fileprivate init(_ chain: MarkovChain) {
      self.chain = chain
      var random = RandomStream(seed: chain.seed, stream: UInt64(chain.index))
      let start = chain.start ?? chain.drawStart(using: &random)
      let state = chain.kernel.start(at: start, using: &random)
      checkpoint = Checkpoint(state: state, random: random)
    }

    fileprivate init(_ chain: MarkovChain, _ checkpoint: Checkpoint) {
      self.chain = chain
      self.checkpoint = checkpoint
    }

    /// One draw further; the first call also does the burn-in.
    public mutating func next() -> [Double]? {
      advance()
      return checkpoint.state.position
    }

    /// One step of the burn-in; false when it is over.
    public mutating func burnInStep() -> Bool {
      guard checkpoint.steps < chain.burnIn else { return false }
      information = chain.kernel.adapt(
        &checkpoint.state,
        iteration: checkpoint.steps,
        of: chain.burnIn,
        using: &checkpoint.random
      )
      checkpoint.steps += 1
      if checkpoint.steps == chain.burnIn { chain.kernel.settle(&checkpoint.state) }
      return true
    }

    mutating func advance() {
      while burnInStep() {}
      var joined = chain.kernel.step(&checkpoint.state, using: &checkpoint.random)
      for _ in 1..<chain.thinning {
        let more = chain.kernel.step(&checkpoint.state, using: &checkpoint.random)
        joined.acceptance += more.acceptance
        joined.evaluations += more.evaluations
        joined.isDivergent = joined.isDivergent || more.isDivergent
        joined.treeDepth = Swift.max(joined.treeDepth, more.treeDepth)
      }
      joined.acceptance /= Double(chain.thinning)
      checkpoint.steps += chain.thinning
      information = joined
    }
  }

  private func drawStart(using random: inout RandomStream) -> [Double] {
    for _ in 0..<100 {
      let start = (0..<kernel.dimension).map { _ in 4 * random.uniform() - 2 }
      if kernel.canStart(at: start) { return start }
    }
    preconditionFailure(
      "MarkovChain: 100 random starts in (−2, 2) all have density zero; give a start"
    )
  }
}
