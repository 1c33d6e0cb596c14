import Distillation
import Probability
import Tensors

/// Inputs whose every example carries what one fresh draw predicts there: online distillation.
///
/// ```swift
/// let chain = MarkovChain(SliceSampler(posterior), seed: 1)
/// let online = OnlinePredictive(chain, of: model, at: Noise([2], .normal(), batchesOf: 10, steps: 5_000, seed: 2))
/// try train(student, on: online, minimizing: .softCrossEntropy(), using: SGD(learningRate: 1))
/// ```
///
/// No draw is kept: memory does not grow with their number. Losses whose gradient is not on average
/// that of the mean over draws are refused (`Loss/Term/isUnbiasedOnline`), unless `acceptingBias`.
public final class OnlinePredictive<Model: PredictiveModel>: Inputs {
  public let model: Model
  private let draws: any DrawStream
  private let inputs: any Inputs
  private let derivatives: Bool
  private let acceptingBias: Bool
  /// The step whose draws are next in the stream.
  private var next = 0

  /// - Parameters:
  ///   - draws: Where draws come from.
  ///   - inputs: Where they are looked at; each example takes a draw of its own.
  ///   - derivatives: Whether to observe derivatives as well. The default does where the model has
  ///     them: they cost little.
  ///   - acceptingBias: Whether to let losses through that are wrong on average for single draws.
  public init(
    _ draws: any DrawStream,
    of model: Model,
    at inputs: any Inputs,
    derivatives: Bool? = nil,
    acceptingBias: Bool = false
  ) {
    self.model = model
    self.draws = draws
    self.inputs = inputs
    self.derivatives = derivatives ?? model.hasSlopes
    self.acceptingBias = acceptingBias
  }

  /// The draws of a chain, or of any other sequence.
  public convenience init(
    _ draws: some Sequence<[Double]>,
    of model: Model,
    at inputs: any Inputs,
    derivatives: Bool? = nil,
    acceptingBias: Bool = false
  ) {
    self.init(
      SequenceDraws(draws),
      of: model,
      at: inputs,
      derivatives: derivatives,
      acceptingBias: acceptingBias
    )
  }

  public var stepCount: Int? { inputs.stepCount }

  /// The batch of a step. Steps are meant to come in order; to resume an interrupted run the
  /// draws before are made again and thrown away.
  public func batch(_ step: Int) throws -> Batch? {
    guard try draws.seek(step, from: &next, inputs), var batch = try inputs.batch(step) else {
      return nil
    }
    next += 1
    guard let observation = try observe(batch.inputs) else { return nil }
    batch.observation = observation
    return batch
  }

  private func observe(_ inputs: Tensor) throws -> Observation? {
    try model.check(inputs, Request(derivatives: derivatives ? .all : .none))
    let points = inputs.scalars(Double.self)
    let (batch, width) = (inputs.shape[0], model.outputs * model.inputs)
    var values = [Double](repeating: 0, count: batch * model.outputs)
    var slopes = [Double](repeating: 0, count: derivatives ? batch * width : 0)
    for n in 0..<batch {
      guard let draw = try draws.next() else { return nil }
      guard draw.count == model.dimension else {
        throw DistillationError(
          "a draw has \(draw.count) numbers where the model has \(model.dimension) parameters"
        )
      }
      points.withUnsafeBufferPointer { points in
        values.withUnsafeMutableBufferPointer { values in
          slopes.withUnsafeMutableBufferPointer { slopes in
            model.predict(
              draw,
              at: points.baseAddress! + n * model.inputs,
              values: values.baseAddress! + n * model.outputs,
              slopes: derivatives ? slopes.baseAddress! + n * width : nil
            )
          }
        }
      }
    }
    let prediction = Prediction(
      values: Tensor(values, shape: [batch, model.outputs]),
      slopes: derivatives ? Tensor(slopes, shape: [batch, model.outputs, model.inputs]) : nil,
      quantity: model.quantity
    )
    var observation = prediction.observation(inputs.elementType)
    observation.isOneDraw = !acceptingBias
    return observation
  }
}
