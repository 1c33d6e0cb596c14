import Distill
import Foundation

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Checkpoints, and the training or the chain that goes on from them.
extension FuzzTarget {
  static let checkpoints = [
    reader("checkpoint of an RBM", "a.safetensors", weight: usual) {
      let trainer = rbmTrainer()
      trainer.update(on: .zeros([5, 9]))
      try trainer.save(to: $0)
    } use: {
      let trainer = rbmTrainer()
      try trainer.restore(from: $0)
      trainer.update(on: .zeros([5, 9]))
    },
    machine("contrastive divergence", .contrastiveDivergence(steps: 2)),
    machine("persistent chains", .persistent(chains: 6, steps: 2)),
    machine("parallel tempering", .parallelTempering(chains: 6, temperatures: 3)),
    reader("checkpoint of a NADE", "a.safetensors", weight: usual) {
      try nade(stoppingAt: 3, $0)
    } use: {
      try nade(stoppingAt: nil, $0)
    },
    network("a network", Adam()),
    network("a network by SGD", ClippedOptimizer(SGD(learningRate: 0.1, momentum: 0.9), norm: 1)),
    network("a network by AdaDelta", AdaDelta()),
    chain("slice sampler", SliceSampler(target)),
    chain("random walk", RandomWalkMetropolis(target)),
    chain("Hamiltonian", HamiltonianMonteCarlo(target, isDense: true)),
    chain("no-U-turn sampler", NoUTurnSampler(target)),
    reader("stepwise EM", "a.json") { url in
      var fit = StepwiseEM(
        from: try GaussianMixture(weights: [1, 1], means: [[0], [1]], covariances: [[1], [1]])
      )
      try fit.update(with: [[0.5], [1.5], [-1]])
      try JSONEncoder().encode(fit).write(to: url)
    } use: {
      var fit = try JSONDecoder().decode(StepwiseEM.self, from: Data(contentsOf: $0))
      for _ in 0..<3 { try fit.update(with: [[0.5], [1.5], [-1]]) }
    },
  ]

  private static let target = Funnel(dimension: 3, scale: 1)

  private static func rbmTrainer() -> RBMTrainer {
    RBMTrainer(smallRBM(), ContrastiveDivergence(persistentChains: 4), seed: 1)
  }

  private static func machine(
    _ name: String,
    _ negative: LikelihoodAscent.Negative
  ) -> FuzzTarget {
    @Sendable func trainer() -> MachineTrainer<RBM> {
      MachineTrainer(smallRBM(), LikelihoodAscent(negative), seed: 1)
    }
    return reader("state of \(name)", "a.safetensors", weight: usual) {
      let first = trainer()
      first.update(on: .zeros([5, 9]))
      try Safetensors.write(first.state, metadata: [:], to: $0)
    } use: {
      let second = trainer()
      try second.restore(Safetensors.read(from: $0).tensors)
      second.update(on: .zeros([5, 9]))
    }
  }

  private static func nade(stoppingAt step: Int?, _ file: URL) throws {
    let distiller = Distiller(
      NADE(inputs: 9, hidden: 4, using: RandomGenerator(seed: 1)),
      minimizing: .negativeLogLikelihood
    )
    let samples = smallRBM().gibbsSamples(
      chains: 30,
      batchSize: { _ in 10 },
      steps: 5,
      burnIn: 3,
      thinning: 2,
      seed: 2
    )
    try distiller.run(on: samples, checkpointing: CheckpointPolicy(file)) {
      $0.step == step ? .stop : .proceed
    }
  }

  private static func network(
    _ name: String,
    _ optimizer: @autoclosure @escaping @Sendable () -> any Optimizer
  ) -> FuzzTarget {
    @Sendable func run(stoppingAt step: Int?, _ file: URL) throws {
      let generator = RandomGenerator(seed: 1)
      let examples = Examples(
        Tensor.normal([40, 6], using: generator),
        labels: Tensor.randomIntegers(0..<3, [40], using: generator)
      )
      let distiller = Distiller(
        MLP([6, 5, 3], using: generator),
        minimizing: .crossEntropy(),
        using: optimizer()
      )
      try distiller.run(
        on: examples.batches(of: 10, epochs: 2, shuffled: 1),
        checkpointing: CheckpointPolicy(file)
      ) { $0.step == step ? .stop : .proceed }
    }
    return reader("checkpoint of \(name)", "a.safetensors", weight: usual) {
      try run(stoppingAt: 3, $0)
    } use: {
      try run(stoppingAt: nil, $0)
    }
  }

  private static func chain<Kernel: MarkovKernel>(_ name: String, _ kernel: Kernel) -> FuzzTarget {
    let chain = MarkovChain(kernel, burnIn: 40, seed: 1)
    return reader("chain of a \(name)", "a.json") {
      var first = chain.makeIterator()
      for _ in 0..<30 { _ = first.burnInStep() }
      try JSONEncoder().encode(first.checkpoint).write(to: $0)
    } use: {
      let checkpoint = try JSONDecoder()
        .decode(MarkovChain<Kernel>.Checkpoint.self, from: Data(contentsOf: $0))
      var second = try chain.resumed(from: checkpoint)
      for _ in 0..<3 { _ = second.next() }
    }
  }
}
