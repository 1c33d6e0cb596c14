import Distillation
import Tensors

extension NADEDistiller {
  /// The step itself: fused where the loss has one kind of term, else with the sum of gradients.
  func makeStep(on batch: Batch, observing teacher: (any Teacher)?) throws -> Double {
    let images = batch.inputs.flattened(from: 1)
    guard images.shape[1] == student.inputs else {
      throw GenerativeError(
        "step \(stepsDone): a batch of shape \(batch.inputs.shape) for a NADE of "
          + "\(student.inputs) inputs"
      )
    }
    var value = 0.0
    var gradients: [[Tensor]] = []
    // Nothing moves before the loss is known to be finite.
    var moves: [() -> Void] = []
    let fused = terms.parts == 1
    func finish(_ weights: Tensor?) {
      if fused {
        moves.append { [kernel] in kernel.descend(weights) }
      } else {
        gradients.append(kernel.gradient(weights))
      }
    }

    if terms.conditional != 0 {
      let targets = try conditionals(of: batch)
      value -= terms.conditional * kernel.forward(images, toward: targets).mean().doubleValue
      let count = Double(images.shape[0])
      finish(terms.conditional == 1 ? nil : .full(-terms.conditional / count, [images.shape[0]]))
    }
    if terms.looksAtPixels {
      let (loss, weights) = try pixelTerms(images, batch, teacher)
      value += loss
      finish(weights)
    }
    if terms.score != 0 {
      let scores = try derivatives(at: images, batch, teacher)
      let weights = Tensor.full(terms.score / Double(images.shape[0]), [images.shape[0]])
      let result = kernel.scoreGradient(images, scores: scores, weights: weights)
      value += terms.score * result.losses.mean().doubleValue
      gradients.append(result.gradient)
    }
    if terms.reverse.weight != 0 {
      let (loss, weights) = try reverseTerm(teacher)
      value += loss
      finish(weights)
    }

    guard value.isFinite else {
      throw DistillationError.nonFiniteLoss(step: stepsDone, value: value)
    }
    if let first = gradients.first {
      kernel.apply(gradients.dropFirst().reduce(first) { zip($0, $1).map { $0 + $1 } })
    }
    for move in moves { move() }
    return value
  }

  /// −log q and the square error: their value, and what each image's ∇log q weighs.
  private func pixelTerms(
    _ images: Tensor,
    _ batch: Batch,
    _ teacher: (any Teacher)?
  ) throws -> (value: Double, weights: Tensor?) {
    let logProbability = kernel.forward(images)
    let count = Double(images.shape[0])
    var value = -terms.likelihood * logProbability.mean().doubleValue
    guard terms.squared.weight != 0 else {
      return (
        value, terms.likelihood == 1 ? nil : logProbability.zerosLike - terms.likelihood / count
      )
    }
    let difference = try logProbability - logUnnormalized(images, batch, teacher)
    let constant: Double
    if let given = terms.squared.constant {
      constant = given
    } else {
      // The optimum of the constant, tracked as a running mean.
      let now = -difference.mean().doubleValue
      constant =
        learntConstant.map { $0 + (now - $0) * max(0.01, 1 / Double(stepsDone + 1)) } ?? now
      learntConstant = constant
    }
    let error = difference + constant
    value += terms.squared.weight * 0.5 * error.squared.mean().doubleValue
    return (value, (error * terms.squared.weight - terms.likelihood) / count)
  }

  /// log q − log p̃ on the student's samples, and the score function's weights.
  private func reverseTerm(_ teacher: (any Teacher)?) throws -> (value: Double, weights: Tensor) {
    let count = terms.reverse.samples
    let own = kernel.samples(
      count,
      seed: seed,
      stream: 0,
      first: UInt64(stepsDone) * UInt64(count)
    ).samples
    let logProbability = kernel.forward(own)
    let reward = try logProbability - logUnnormalized(own, nil, teacher)
    let mean = reward.mean().doubleValue
    // The baseline of earlier steps: one from these samples would bias the gradient.
    let centre = baseline ?? mean
    baseline = centre + 0.05 * (mean - centre)
    let weights = (reward - centre) * (terms.reverse.weight / Double(count))
    return (terms.reverse.weight * mean, weights)
  }

  private func logUnnormalized(
    _ images: Tensor,
    _ batch: Batch?,
    _ teacher: (any Teacher)?
  ) throws -> Tensor {
    let observation = try batch?.observation ?? needed(teacher).observe(images, .values)
    guard observation.meaning == .logDensities, observation.values.count == images.shape[0] else {
      throw GenerativeError(
        "step \(stepsDone): the teacher must give one log-density for each of "
          + "\(images.shape[0]) images, not \(observation.meaning.rawValue) of shape "
          + "\(observation.values.shape)"
      )
    }
    return observation.values.flattened()
  }

  private func derivatives(
    at images: Tensor,
    _ batch: Batch,
    _ teacher: (any Teacher)?
  ) throws -> Tensor {
    if let given = batch.observation?.derivatives { return given.reshaped(to: images.shape) }
    let observation = try needed(teacher).observe(images, Request(derivatives: .all))
    guard let derivatives = observation.derivatives, derivatives.count == images.count else {
      throw GenerativeError("step \(stepsDone): the teacher gives no ∂log p̃/∂x to match")
    }
    return derivatives.reshaped(to: images.shape)
  }

  private func conditionals(of batch: Batch) throws -> Tensor {
    guard let targets = batch.observation?.features["conditionals"] else {
      throw GenerativeError(
        "conditionalCrossEntropy at step \(stepsDone): the batch brings no conditionals along; "
          + "give gibbsSamples softTargets of at least 1"
      )
    }
    return targets
  }

  private func needed(_ teacher: (any Teacher)?) throws -> any Teacher {
    guard let teacher else {
      throw GenerativeError("step \(stepsDone): the loss '\(loss)' needs a teacher to observe")
    }
    return teacher
  }
}
