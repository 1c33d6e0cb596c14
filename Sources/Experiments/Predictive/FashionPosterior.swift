import Distill
import Foundation
import Runs

/// Fashion-MNIST, a Bayesian network on it, and the parts of the experiment that are done several
/// times: chains, bags, students.
package struct FashionPosterior {
  package let recipe: PredictiveFashionMNIST
  package let model: NetworkModel
  package let posterior: NetworkPosterior
  /// What the posterior knows.
  package let training: Examples
  /// Where everything that is free is chosen.
  package let validation: Examples

  package init(_ recipe: PredictiveFashionMNIST) throws {
    self.recipe = recipe
    let all = try LabelledImages.fashionMNIST(in: URL(fileURLWithPath: recipe.data), .training)
    let examples = Examples(all.images, labels: all.labels)
    let count = examples.count - recipe.validation
    training = examples[0..<count]
    validation = examples[count..<examples.count]
    model = NetworkModel([784] + recipe.hidden + [10], activation: .relu, .classes)
    posterior = try NetworkPosterior(
      of: model,
      inputs: training.inputs,
      outcomes: training.labels!,
      prior: NetworkPosterior.Prior(weightScale: recipe.weightScale),
      .float32
    )
  }

  package func network(seed: UInt64) -> MLP {
    MLP(
      model.widths,
      activation: .relu,
      initialization: .heNormal,
      using: RandomGenerator(seed: seed)
    )
  }

  /// Adam from a fresh network towards the mode of the posterior, by the chain's own estimates of
  /// its gradient, the learning rate falling to zero: somewhere to start the chain.
  package func mode(seed: UInt64, _ run: Run) throws -> [Double] {
    let estimate = posterior.gradientEstimate(batchSize: recipe.batchSize)
    var random = RandomStream(seed: seed)
    var point = model.draw(of: network(seed: seed))
    var gradient = [Double](repeating: 0, count: point.count)
    var (mean, square) = (gradient, gradient)
    run.work.begin("towards the mode", of: recipe.climb)
    for step in 0..<recipe.climb {
      estimate(point, &gradient, &random)
      let (unbiased, unbiasedSquare) = (
        1 / (1 - pow(0.9, Double(step + 1))), 1 / (1 - pow(0.999, Double(step + 1)))
      )
      let rate = recipe.learningRate * (1 - Double(step) / Double(recipe.climb)) * unbiased
      for i in point.indices {
        mean[i] += 0.1 * (gradient[i] - mean[i])
        square[i] += 0.001 * (gradient[i] * gradient[i] - square[i])
        point[i] += rate * mean[i] / ((square[i] * unbiasedSquare).squareRoot() + 1e-3)
      }
      if step % 100 == 0 {
        run.work.update(step)
        try run.stopIfAsked("nothing")
      }
    }
    run.work.end()
    return point
  }

  /// Preconditioned stochastic-gradient Langevin dynamics with falling step sizes.
  package func chain(
    from start: [Double],
    stepSize: Double,
    burnIn: Int,
    seed: UInt64
  ) -> MarkovChain<StochasticGradientLangevin> {
    MarkovChain(
      StochasticGradientLangevin(
        dimension: model.dimension,
        schedule: .polynomial(stepSize, offset: Double(burnIn)),
        preconditioner: .rootMeanSquare(decay: 0.999, damping: recipe.damping),
        gradient: posterior.gradientEstimate(batchSize: recipe.batchSize)
      ),
      from: start,
      burnIn: burnIn,
      seed: seed
    )
  }

  /// Training images with noise: where students look at draws.
  package func inputs(steps: Int, perturbation: Double, seed: UInt64) -> any Inputs {
    training.batches(of: recipe.batchSize, epochs: nil, shuffled: seed).limited(to: steps)
      .mapped(seed: seed) { batch, generator in
        guard perturbation > 0 else { return batch }
        var batch = batch
        let noise = Tensor.normal(batch.inputs.shape, using: generator)
        batch.inputs = batch.inputs + noise * perturbation
        return batch
      }
  }

  /// Mean log-probability of the validation images' classes.
  package func validated(_ teacher: some Teacher) throws -> Double {
    try Self.predictions(teacher, validation).logProbability.mean().doubleValue
  }

  package static func predictions(_ teacher: some Teacher, _ examples: Examples) throws
    -> ClassPredictions
  {
    ClassPredictions(
      logProbabilities: try teacher.observe(examples.inputs).logProbabilities(),
      labels: examples.labels!
    )
  }
}

/// The draws of a chain on their way to a student, of which every so many are kept for comparison.
package final class TappedDraws<Kernel: MarkovKernel>: DrawStream {
  private let chain: MarkovChain<Kernel>
  private let every: Int
  private var iterator: MarkovChain<Kernel>.Iterator
  private var count = 0
  /// The draws kept, and the latest.
  package private(set) var bag: [[Double]] = []
  package private(set) var latest: [Double] = []

  package init(_ chain: MarkovChain<Kernel>, keepingEvery every: Int) {
    self.chain = chain
    self.every = max(every, 1)
    iterator = chain.makeIterator()
  }

  /// One step of the burn-in; false when it is over.
  package func burnInStep() -> Bool { iterator.burnInStep() }

  package func next() -> [Double]? {
    latest = iterator.next()!
    count += 1
    if count % every == 0 { bag.append(latest) }
    return latest
  }

  package func restart() {
    iterator = chain.makeIterator()
    (count, bag) = (0, [])
  }
}
