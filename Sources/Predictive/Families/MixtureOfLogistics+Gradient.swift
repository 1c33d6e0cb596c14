import Distillation
import Foundation
import Networks
import Tensors

/// Cross entropy and average score matching by hand: the model is so small that recorded operations
/// would be all overhead.
extension MixtureOfLogistics: Accelerated {
  package func engine(
    for loss: BoundLoss,
    observedAs meaning: Observation.Meaning,
    _ optimizer: any Optimizer,
    seed: UInt64
  ) -> (any StepEngine)? {
    handGradient(of: loss.loss, observedAs: meaning).map { GradientEngine(self, optimizer, $0) }
  }

  /// Nil for other losses.
  func handGradient(
    of loss: Loss,
    observedAs meaning: Observation.Meaning
  ) -> GradientEngine.Gradient? {
    guard meaning == .logits else { return nil }
    var weights = (crossEntropy: 0.0, scoreMatching: 0.0)
    for term in loss.terms {
      switch term.kernelForm {
      case .softTargets(temperature: 1, isCrossEntropy: true): weights.crossEntropy += term.weight
      case .averageScoreMatching: weights.scoreMatching += term.weight
      default: return nil
      }
    }
    return { inputs, target in try gradient(inputs, target, weights) }
  }

  private func gradient(
    _ inputs: Tensor,
    _ target: Observation,
    _ weights: (crossEntropy: Double, scoreMatching: Double)
  ) throws -> (value: Double, gradients: [Tensor]) {
    let batch = inputs.shape[0]
    guard target.classCount == 2, target.meaning.isOverClasses, target.batchSize == batch else {
      throw DistillationError(
        "the student has 2 classes for \(batch) examples and the teacher gave \(target.classCount) "
          + "\(target.meaning.rawValue) for \(target.batchSize): they cannot be compared"
      )
    }
    var sums = GradientSums(self)
    let x = inputs.scalars(Double.self)
    let probabilities = try target.probabilities().scalars(Double.self)
    let scores =
      weights.scoreMatching == 0 ? nil : try target.comparedDerivatives().scalars(Double.self)
    for n in 0..<batch {
      sums.add(
        x[(n * self.inputs)..<((n + 1) * self.inputs)],
        probability: probabilities[2 * n + 1],
        complement: probabilities[2 * n],
        scores: scores.map { $0[(2 * n * self.inputs)..<((2 * n + 2) * self.inputs)] },
        weights
      )
    }
    return sums.mean(batch, like: self)
  }
}

/// Sums over examples of a loss and its gradient.
///
/// With f = Σ a_k s(z_k), g = 1 − f, d = ∂f/∂x = Σ a_k s′(z_k) w_k, and teacher t, u = 1 − t:
/// cross entropy has ∂E/∂f = u/g − t/f; average score matching, with residuals
/// r₁ = d/f − ∇log t and r₀ = −d/g − ∇log u, has ∂E/∂d = v = t r₁/f − u r₀/g and
/// ∂E/∂f = −t r₁·d/f² − u r₀·d/g². Then, with c the sum of the ∂E/∂f,
/// ∂E/∂w_k = a_k (s′ v + (s″ v·w_k + c s′) x) and ∂E/∂log a_k = a_k (h_k − Σ a_j h_j),
/// h_k = s′ v·w_k + c s.
private struct GradientSums {
  private let coefficients: [Double]
  private let mixing: [Double]
  private let link: Link
  private let inputs: Int
  private var curves: [Link.Evaluation] = []
  private var slope: [Double]
  private var pull: [Double]
  private var heights: [Double]
  private var value = 0.0
  private var byCoefficients: [Double]
  private var byLogWeights: [Double]

  init(_ model: MixtureOfLogistics) {
    coefficients = model.coefficients.value.scalars()
    mixing = model.weights
    link = model.link
    inputs = model.inputs
    curves.reserveCapacity(mixing.count)
    slope = [Double](repeating: 0, count: inputs)
    pull = slope
    heights = [Double](repeating: 0, count: mixing.count)
    byCoefficients = [Double](repeating: 0, count: coefficients.count)
    byLogWeights = heights
  }

  mutating func add(
    _ x: ArraySlice<Double>,
    probability t: Double,
    complement u: Double,
    scores: ArraySlice<Double>?,
    _ weights: (crossEntropy: Double, scoreMatching: Double)
  ) {
    let first = x.startIndex
    var f = 0.0
    var g = 0.0
    curves.removeAll(keepingCapacity: true)
    for j in 0..<inputs { slope[j] = 0 }
    for k in mixing.indices {
      var z = 0.0
      for j in 0..<inputs { z += coefficients[k * inputs + j] * x[first + j] }
      let curve = link.evaluate(z)
      curves.append(curve)
      f += mixing[k] * curve.value
      g += mixing[k] * curve.complement
      let steepness = mixing[k] * curve.slope
      for j in 0..<inputs { slope[j] += steepness * coefficients[k * inputs + j] }
    }
    f = max(f, .leastNormalMagnitude)
    g = max(g, .leastNormalMagnitude)
    value -= weights.crossEntropy * (t * log(f) + u * log(g))
    var c = weights.crossEntropy * (u / g - t / f)
    for j in 0..<inputs { pull[j] = 0 }
    if let scores {
      let start = scores.startIndex
      for j in 0..<inputs {
        let r1 = slope[j] / f - scores[start + inputs + j]
        let r0 = -slope[j] / g - scores[start + j]
        value += 0.5 * weights.scoreMatching * (t * r1 * r1 + u * r0 * r0)
        // Squares of what is smaller would underflow: such a class pulls no more.
        let pull1 = f > 1e-150 ? weights.scoreMatching * t * r1 : 0
        let pull0 = g > 1e-150 ? weights.scoreMatching * u * r0 : 0
        pull[j] = pull1 / f - pull0 / g
        c -= (pull1 * (slope[j] / f)) / f + (pull0 * (slope[j] / g)) / g
      }
    }
    var mean = 0.0
    for k in mixing.indices {
      var along = 0.0
      for j in 0..<inputs { along += pull[j] * coefficients[k * inputs + j] }
      let curve = curves[k]
      let factor = curve.curvature * along + c * curve.slope
      for j in 0..<inputs {
        byCoefficients[k * inputs + j] +=
          mixing[k] * (curve.slope * pull[j] + factor * x[first + j])
      }
      heights[k] = curve.slope * along + c * curve.value
      mean += mixing[k] * heights[k]
    }
    for k in mixing.indices { byLogWeights[k] += mixing[k] * (heights[k] - mean) }
  }

  /// Means over the batch, with a gradient for each trained parameter.
  func mean(_ batch: Int, like model: MixtureOfLogistics) -> (value: Double, gradients: [Tensor]) {
    let scale = 1 / Double(batch)
    func tensor(_ sums: [Double], _ parameter: [Int]) -> Tensor {
      Tensor(sums.map { $0 * scale }, shape: parameter)
        .cast(to: model.coefficients.value.elementType)
    }
    var gradients = [tensor(byCoefficients, [mixing.count, inputs])]
    if model.logWeights.role == .trained { gradients.append(tensor(byLogWeights, [mixing.count])) }
    return (value * scale, gradients)
  }
}
