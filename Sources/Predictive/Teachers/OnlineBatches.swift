import Distillation
import Networks
import Probability
import Tensors

/// Inputs whose every batch carries what one fresh draw predicts at all of its examples: online
/// distillation where a prediction is a product of matrices, and a draw for each example would cost
/// a hundred times more.
///
/// The gradient is still that of the mean over draws on average; its variance is larger than with a
/// draw for each example (``OnlinePredictive``). No draw is kept. Balan, Rathod, Murphy and Welling,
/// *Bayesian dark knowledge* (2015).
public final class OnlineBatches<Model: PredictiveModel>: Inputs {
  public let model: Model
  private let draws: any DrawStream
  private let inputs: any Inputs
  private let derivatives: Bool
  /// The step whose draw is next in the stream.
  private var next = 0

  /// - Parameters:
  ///   - draws: Where draws come from, one for each step.
  ///   - inputs: Where they are looked at.
  ///   - derivatives: Whether to observe derivatives as well. The default does not.
  public init(
    _ draws: any DrawStream,
    of model: Model,
    at inputs: any Inputs,
    derivatives: Bool = false
  ) {
    self.model = model
    self.draws = draws
    self.inputs = inputs
    self.derivatives = derivatives
  }

  public var stepCount: Int? { inputs.stepCount }

  /// The batch of a step. To resume an interrupted run the draws before are made again and thrown
  /// away.
  public func batch(_ step: Int) throws -> Batch? {
    if step < next {
      try draws.restart()
      next = 0
    }
    while next < step {
      guard try draws.next() != nil else { return nil }
      next += 1
    }
    guard var batch = try inputs.batch(step), let draw = try draws.next() else { return nil }
    next += 1
    guard draw.count == model.dimension else {
      throw DistillationError(
        "a draw has \(draw.count) numbers where the model has \(model.dimension) parameters"
      )
    }
    try model.check(batch.inputs, Request(derivatives: derivatives ? .all : .none))
    let type = batch.inputs.elementType
    let parameters = Tensor(draw, shape: [1, draw.count]).cast(to: type)
    let part = withoutGradient { model.sum(parameters, at: batch.inputs, slopes: derivatives) }
    let prediction = Prediction(
      values: part.values,
      slopes: part.slopes,
      quantity: model.quantity
    )
    var observation = prediction.observation(type)
    observation.isOneDraw = true
    batch.observation = observation
    return batch
  }
}
