import Foundation
import Testing

@testable import Probability

@Suite struct MarkovChainTests {
  private let target = Funnel(dimension: 4, scale: 1)

  private func expectResumes<K: MarkovKernel>(_ kernel: K, at steps: Int) throws {
    let chain = MarkovChain(kernel, burnIn: 100, thinning: 2, seed: 8)
    var whole = chain.makeIterator()
    var first = chain.makeIterator()
    if steps < 100 {
      for _ in 0..<steps { _ = first.burnInStep() }
    } else {
      for _ in 0..<((steps - 100) / 2) {
        _ = whole.next()
        _ = first.next()
      }
    }
    let saved = try JSONEncoder().encode(first.checkpoint)
    let checkpoint = try JSONDecoder().decode(MarkovChain<K>.Checkpoint.self, from: saved)
    #expect(checkpoint.steps == steps)
    var resumed = try chain.resumed(from: checkpoint)
    for _ in 0..<20 { #expect(whole.next() == resumed.next()) }
  }

  /// Saved as JSON in the middle of burn-in or of sampling, a chain goes on to the same bits.
  @Test(arguments: [37, 76, 110])
  func aResumedChainEqualsAnUninterruptedOne(_ steps: Int) throws {
    try expectResumes(SliceSampler(target), at: steps)
    try expectResumes(RandomWalkMetropolis(target), at: steps)
    try expectResumes(MetropolisAdjustedLangevin(target), at: steps)
    try expectResumes(HamiltonianMonteCarlo(target, isDense: true), at: steps)
    try expectResumes(NoUTurnSampler(target), at: steps)
    let map = AffineMap(offset: [1, 0, 0, 0], matrix: (0..<16).map { $0 % 5 == 0 ? 2 : 0.1 })
    try expectResumes(
      Whitened(target as any UnnormalizedDistribution, by: map) { SliceSampler($0) },
      at: steps
    )
    let inputs = (0..<30).map { [1, Double($0) / 10 - 1, sin(Double($0))] }
    let model = try LogisticRegression(
      inputs: inputs,
      labels: inputs.indices.map { $0 % 3 == 0 },
      prior: GaussianPrior(dimension: 3, standardDeviation: 3)
    )
    try expectResumes(SliceSampler(model), at: steps)
    try expectResumes(NoUTurnSampler(model), at: steps)
    try expectResumes(
      StochasticGradientLangevin(
        dimension: 1,
        schedule: .polynomial(0.1),
        preconditioner: .rootMeanSquare()
      ) { x, gradient, random in gradient[0] = -x[0] + random.normal() },
      at: steps
    )
  }

  @Test func drawsDoNotDependOnThreads() {
    let chain = MarkovChain(NoUTurnSampler(target), burnIn: 100, seed: 3)
    let one = chain.sample(50, chains: 5, threads: 1)
    #expect(one.values == chain.sample(50, chains: 5, threads: 2).values)
    #expect(one.values == chain.sample(50, chains: 5, threads: 4).values)
    #expect(one[0, 0] != one[1, 0])
  }

  @Test func everyFormGivesTheSameDraws() {
    let chain = MarkovChain(SliceSampler(target), burnIn: 50, thinning: 3, seed: 4)
    let sequence = Array(chain.prefix(20))
    var online: [[Double]] = []
    chain.forEachDraw(20) { draw, _ in online.append(draw) }
    #expect(sequence == online)
    #expect(sequence.flatMap { $0 } == chain.sample(20, chains: 1).values)
  }

  /// Copies of a moving chain share no storage: moving one does not disturb the other.
  @Test func copiesAreIndependent() {
    var a = MarkovChain(SliceSampler(target), burnIn: 10, seed: 5).makeIterator()
    _ = a.next()
    var b = a
    let ahead = (0..<5).map { _ in a.next()! }
    #expect(ahead == (0..<5).map { _ in b.next()! })
  }

  @Test func tuningStopsWithTheBurnIn() {
    let chain = MarkovChain(NoUTurnSampler(target), burnIn: 200, seed: 6)
    var iterator = chain.makeIterator()
    _ = iterator.next()
    let stepSize = iterator.checkpoint.state.stepSize
    let metric = iterator.checkpoint.state.metric
    for _ in 0..<50 { _ = iterator.next() }
    #expect(iterator.checkpoint.state.stepSize == stepSize)
    #expect(iterator.checkpoint.state.metric == metric)
    #expect(metric != .diagonal([1, 1, 1, 1]))
  }

  /// Neal's full funnel breaks one step size: the sampler must say so.
  @Test func divergencesAreReported() {
    let chain = MarkovChain(NoUTurnSampler(Funnel(dimension: 10)), burnIn: 500, seed: 7)
    #expect(chain.sample(1000).divergences > 0)
  }
}

/// What a file says of a chain may be anything.
@Suite struct DamagedCheckpointTests {
  private let target = Funnel(dimension: 3, scale: 1)

  /// Every number once as others, every list once without its first element and once with one more.
  private func damaged(_ value: Any) -> [Any] {
    if let fields = value as? [String: Any] {
      return fields.keys.sorted().flatMap { key in
        damaged(fields[key]!).map { fields.merging([key: $0]) { $1 } }
      }
    }
    if let list = value as? [Any] {
      let shorter = [Array(list.dropFirst()), list + list.prefix(1)] as [Any]
      return shorter
        + list.indices.prefix(2).flatMap { index in
          damaged(list[index]).map { other in
            var changed = list
            changed[index] = other
            return changed as Any
          }
        }
    }
    return [-1, Int.max, 1e300, 0]
  }

  private func expectRefusals<K: MarkovKernel>(_ kernel: K) throws {
    let chain = MarkovChain(kernel, burnIn: 60, seed: 8)
    var first = chain.makeIterator()
    for _ in 0..<37 { _ = first.burnInStep() }
    let saved = try JSONEncoder().encode(first.checkpoint)
    var refused = 0
    let all = damaged(try JSONSerialization.jsonObject(with: saved))
    for value in all {
      let data = try JSONSerialization.data(withJSONObject: value)
      do {
        let checkpoint = try JSONDecoder().decode(MarkovChain<K>.Checkpoint.self, from: data)
        var resumed = try chain.resumed(from: checkpoint)
        for _ in 0..<2 { _ = resumed.next() }
      } catch {
        refused += 1
      }
    }
    #expect(refused > all.count / 4, "\(refused) of \(all.count)")
  }

  @Test(.timeLimit(.minutes(1))) func areRefusedOrGoneOnWith() throws {
    try expectRefusals(SliceSampler(target))
    try expectRefusals(RandomWalkMetropolis(target))
    try expectRefusals(MetropolisAdjustedLangevin(target))
    try expectRefusals(HamiltonianMonteCarlo(target, isDense: true))
    try expectRefusals(NoUTurnSampler(target))
    let map = AffineMap(offset: [1, 0, 0], matrix: [2, 0, 0, 0, 2, 0, 0, 0, 2])
    try expectRefusals(
      Whitened(target as any UnnormalizedDistribution, by: map) { SliceSampler($0) }
    )
    try expectRefusals(
      StochasticGradientLangevin(
        dimension: 1,
        schedule: .polynomial(0.1),
        preconditioner: .rootMeanSquare()
      ) { x, gradient, random in gradient[0] = -x[0] + random.normal() }
    )
  }
}
