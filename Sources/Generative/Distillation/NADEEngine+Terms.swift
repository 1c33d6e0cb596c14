import Distillation
import Tensors

extension NADEEngine {
  /// The gradient of a part of the loss: Σ_n w_n ∇log q(x_n) with weights (nil: −1/count) at what the
  /// kernel looked at last, or made already.
  enum PartGradient {
    case weighting(Tensor?)
    case made([Tensor])
  }

  /// The value of a part of the loss at images `[count, inputs]`, and its gradient.
  func evaluate(
    _ part: FusedLoss.Part,
    _ images: Tensor,
    _ target: Target
  ) throws -> (value: Double, gradient: PartGradient) {
    let count = images.shape[0]
    switch part {
    case .conditional:
      let weight = terms.conditional
      let mean = try kernel.forward(images, toward: conditionals(target)).mean().doubleValue
      return (
        -(weight * mean), .weighting(weight == 1 ? nil : .full(-weight / Double(count), [count]))
      )
    case .pixels: return try pixels(images, target)
    case .score:
      let scores = try derivatives(at: images, target)
      let weights = Tensor.full(terms.score / Double(count), [count])
      let result = kernel.scoreGradient(images, scores: scores, weights: weights)
      return (terms.score * result.losses.mean().doubleValue, .made(result.gradient))
    case .reverse: return try reverse(target)
    }
  }

  /// −log q and the square error.
  private func pixels(
    _ images: Tensor,
    _ target: Target
  ) throws -> (value: Double, gradient: PartGradient) {
    let logProbability = kernel.forward(images)
    let count = Double(images.shape[0])
    let value = -terms.likelihood * logProbability.mean().doubleValue
    guard terms.squared.weight != 0 else {
      let weights = logProbability.zerosLike - terms.likelihood / count
      return (value, .weighting(terms.likelihood == 1 ? nil : weights))
    }
    let seen = try target.observation ?? asked(target).observe(images, .values)
    let difference = try logProbability - logUnnormalized(seen, of: images)
    var constant = terms.squared.constant
    if constant == nil, let memory = loss.constantMemory {
      memory.followConstant(difference)
      constant = memory.mean.value.doubleValue
    }
    let error = difference + constant!
    return (
      value + terms.squared.weight * 0.5 * error.squared.mean().doubleValue,
      .weighting((error * terms.squared.weight - terms.likelihood) / count)
    )
  }

  /// log q − log p̃ on the student's samples, and the score function's weights.
  private func reverse(_ target: Target) throws -> (value: Double, gradient: PartGradient) {
    let count = terms.reverse.samples
    let own = kernel.samples(
      count,
      seed: seed,
      stream: 0,
      first: UInt64(kernel.steps) * UInt64(count)
    ).samples
    let logProbability = kernel.forward(own)
    let seen = try asked(target).observe(own, .values)
    let reward = try logProbability - logUnnormalized(seen, of: own)
    let mean = reward.mean().doubleValue
    let baseline = loss.reverseMemory?.followBaseline(mean) ?? mean
    return (
      terms.reverse.weight * mean,
      .weighting((reward - baseline) * (terms.reverse.weight / Double(count)))
    )
  }

  private func logUnnormalized(_ seen: Observation, of images: Tensor) throws -> Tensor {
    guard seen.meaning == .logDensities, seen.values.count == images.shape[0] else {
      throw DistillationError(
        "the teacher must give one log-density for each of \(images.shape[0]) images, not "
          + "\(seen.meaning.rawValue) of shape \(seen.values.shape)"
      )
    }
    return seen.values.flattened()
  }

  private func derivatives(at images: Tensor, _ target: Target) throws -> Tensor {
    let given =
      try target.observation?.derivatives
      ?? asked(target).observe(images, Request(derivatives: .all)).derivatives
    guard let given, given.count == images.count else {
      throw DistillationError("the teacher gives no ∂log p̃/∂x to match")
    }
    return given.reshaped(to: images.shape)
  }

  private func conditionals(_ target: Target) throws -> Tensor {
    guard let targets = target.observation?.features["conditionals"] else { throw noConditionals }
    return targets
  }

  private func asked(_ target: Target) throws -> any Teacher {
    guard let teacher = target.teacher else {
      throw DistillationError("the loss '\(loss.loss)' needs a teacher to observe")
    }
    return teacher
  }
}
