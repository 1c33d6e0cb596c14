import Foundation
import Mathematics
import Networks
import Probability
import Tensors

/// The posterior of a Bayesian neural network: `Σ_n log p(y_n | network_w(x_n)) + log prior(w)`.
///
/// ```swift
/// let model = NetworkModel([10, 16, 1], .normal)
/// let posterior = try NetworkPosterior(of: model, inputs: x, outcomes: y)
/// let chain = MarkovChain(NoUTurnSampler(posterior), from: posterior.start(seed: 1), seed: 1)
/// ```
///
/// Gradients go through libtorch, or, for classifiers in Float32, through the fused kernel of
/// perceptrons. For data too large to look at whole at every step there is
/// ``gradientEstimate(batchSize:)``.
public struct NetworkPosterior: DifferentiableDistribution, @unchecked Sendable {
  // Unchecked: the tensors are never written after init, and libtorch's reads are thread-safe.

  /// The prior of weights, biases and noise, all independent.
  public struct Prior: Codable, Hashable, Sendable {
    /// The standard deviation of weights times √fan-in: so that wide layers say as much as narrow
    /// ones (Neal 1996).
    public var weightScale = 1.0
    public var biasDeviation = 1.0
    /// The logarithm of the noise's standard deviation is N(mean, deviation²).
    public var logNoiseMean = 0.0
    public var logNoiseDeviation = 1.0

    public init(weightScale: Double = 1, biasDeviation: Double = 1) {
      (self.weightScale, self.biasDeviation) = (weightScale, biasDeviation)
    }
  }

  public let model: NetworkModel
  public let prior: Prior
  /// `[count, inputs]`.
  let inputs: Tensor
  /// `[count]`: classes as Int64, or real numbers.
  let outcomes: Tensor
  /// The precision of each coordinate's prior.
  let precisions: [Double]
  let kernels: KernelPool?

  public var dimension: Int { model.dimension }
  /// Observations.
  public var count: Int { inputs.shape[0] }

  /// - Parameters:
  ///   - inputs: `[count, inputs]`.
  ///   - outcomes: `[count]`: classes from 0 as integers, or real numbers.
  ///   - elementType: Of all computations. In the default, Float64, energies of Hamiltonian samplers
  ///     are exact; Float32 is meant for stochastic gradients.
  /// - Throws: ``PredictiveError`` when the numbers do not fit together.
  public init(
    of model: NetworkModel,
    inputs: Tensor,
    outcomes: Tensor,
    prior: Prior = Prior(),
    _ elementType: ElementType = .float64
  ) throws {
    guard inputs.rank == 2, inputs.shape[1] == model.inputs, inputs.shape[0] > 0 else {
      throw PredictiveError(
        "the network takes \(model.inputs) numbers for each example, not inputs of shape "
          + "\(inputs.shape)"
      )
    }
    guard outcomes.shape == [inputs.shape[0]] else {
      throw PredictiveError(
        "there are \(inputs.shape[0]) inputs and outcomes of shape \(outcomes.shape): give one "
          + "outcome for each input"
      )
    }
    self.model = model
    self.prior = prior
    self.inputs = inputs.cast(to: elementType).contiguous
    switch model.outcome {
    case .classes:
      let classes = outcomes.cast(to: .int64)
      guard ((classes .>= 0) .& (classes .< Double(model.outputs))).isAllTrue else {
        throw PredictiveError("classes must be from 0 to \(model.outputs - 1)")
      }
      self.outcomes = classes.contiguous
    case .normal: self.outcomes = outcomes.cast(to: elementType).contiguous
    }
    precisions = prior.precisions(of: model)
    kernels = elementType == .float32 && inputs.device == .cpu ? KernelPool(model) : nil
  }

  /// A draw from the prior: somewhere to start.
  public func start(seed: UInt64) -> [Double] {
    var random = RandomStream(seed: seed, stream: 0x5354_4152)
    var draw = precisions.map { random.normal() / $0.squareRoot() }
    if model.outcome == .normal { draw[dimension - 1] += prior.logNoiseMean }
    return draw
  }

  public func logDensity(at point: [Double]) -> Double {
    withoutGradient { logLikelihood(tensor(point), inputs, outcomes).doubleValue }
      + logPrior(at: point)
  }

  public func logDensity(at point: [Double], gradient: inout [Double]) -> Double {
    let value = logLikelihood(at: point, rows: nil, gradient: &gradient)
    return value + logPrior(at: point, addingGradientTo: &gradient)
  }

  /// The log-likelihood of some rows, or of all; writes its gradient.
  func logLikelihood(at point: [Double], rows: Tensor?, gradient: inout [Double]) -> Double {
    precondition(
      point.count == dimension && gradient.count == dimension,
      "NetworkPosterior: a point of \(point.count) numbers for \(dimension)"
    )
    if let kernels {
      return kernels.logLikelihood(at: point, inputs, outcomes, rows: rows, gradient: &gradient)
    }
    let (x, y) = (
      rows.map { inputs[rows: $0] } ?? inputs, rows.map { outcomes[rows: $0] } ?? outcomes
    )
    let (value, slope) = valueWithGradient(at: tensor(point)) { logLikelihood($0, x, y) }
    gradient = slope.scalars(Double.self)
    return value.doubleValue
  }

  private func tensor(_ point: [Double]) -> Tensor { Tensor(point).cast(to: inputs.elementType) }

  private func logLikelihood(_ draw: Tensor, _ x: Tensor, _ y: Tensor) -> Tensor {
    let outputs = model.outputs(of: draw, at: x)
    switch model.outcome {
    case .classes:
      return outputs.logSoftmax().gathering(y.insertingAxis(1), along: 1).sum()
    case .normal:
      let logNoise = draw[dimension - 1]
      let z = (y - outputs.selecting(0, along: 1)) * (-logNoise).exponential
      let count = Double(y.count)
      return z.squared.sum() * -0.5 - (logNoise + StandardNormal.logSqrtTwoPi) * count
    }
  }

  private func logPrior(at point: [Double]) -> Double {
    var gradient = point
    return logPrior(at: point, addingGradientTo: &gradient)
  }

  /// The log-prior up to a constant.
  func logPrior(at point: [Double], addingGradientTo gradient: inout [Double]) -> Double {
    var sum = 0.0
    for i in point.indices {
      let isNoise = model.outcome == .normal && i == dimension - 1
      let distance = isNoise ? point[i] - prior.logNoiseMean : point[i]
      gradient[i] -= precisions[i] * distance
      sum += precisions[i] * distance * distance
    }
    return -0.5 * sum
  }
}

extension NetworkPosterior {
  /// For stochastic-gradient Langevin dynamics: the prior's gradient plus count / batchSize times the
  /// gradient of a mini-batch's log-likelihood, its rows drawn uniformly and independently: unbiased.
  public func gradientEstimate(batchSize: Int) -> StochasticGradientLangevin.GradientEstimate {
    precondition(batchSize > 0, "gradientEstimate: a batch of \(batchSize), must be positive")
    let scale = Double(count) / Double(batchSize)
    return { point, gradient, random in
      let rows = Tensor((0..<batchSize).map { _ in random.index(below: count) })
      _ = logLikelihood(at: point, rows: rows, gradient: &gradient)
      for i in gradient.indices { gradient[i] *= scale }
      _ = logPrior(at: point, addingGradientTo: &gradient)
    }
  }
}

extension NetworkPosterior.Prior {
  fileprivate func precisions(of model: NetworkModel) -> [Double] {
    let layers = (0..<model.layers).flatMap { l -> [Double] in
      let (wide, narrow) = (model.widths[l], model.widths[l + 1])
      let weight = Double(wide) / (weightScale * weightScale)
      let bias = 1 / (biasDeviation * biasDeviation)
      return [Double](repeating: weight, count: wide * narrow)
        + [Double](repeating: bias, count: narrow)
    }
    return layers
      + (model.outcome == .normal ? [1 / (logNoiseDeviation * logNoiseDeviation)] : [])
  }
}
