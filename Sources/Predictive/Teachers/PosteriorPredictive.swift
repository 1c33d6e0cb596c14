import Distillation
import Probability
import Tensors

/// A bag of posterior draws that teaches what it predicts on average: t̄(x) = 1/M Σ_m p(· | x, w_m).
///
/// ```swift
/// let draws = MarkovChain(SliceSampler(posterior), seed: 1).sample(10_000, chains: 1)
/// let teacher = PosteriorPredictive(draws, of: LinearPredictorModel(.logistic, inputs: 2))
/// try distill(teacher, into: student, on: inputs, minimizing: .softCrossEntropy(), using: Adam())
/// ```
///
/// Observed as log-probabilities, log-densities or real numbers, with exact derivatives
/// ∇log t̄ = Σ_m ∇p_m / Σ_m p_m. Costs one prediction for each draw and example.
public struct PosteriorPredictive<Model: PredictiveModel>: Teacher {
  public let model: Model
  /// `[draws, dimension]`, Float64.
  public let draws: Tensor
  /// The most predictions that are in memory at once.
  private let chunk = 1 << 20

  /// The number of draws.
  public var count: Int { draws.shape[0] }

  /// - Parameter draws: `[draws, dimension]`.
  public init(_ draws: Tensor, of model: Model) {
    precondition(
      draws.rank == 2 && draws.shape[1] == model.dimension && draws.shape[0] > 0,
      "PosteriorPredictive: draws of shape \(draws.shape) for a model of \(model.dimension) numbers"
    )
    self.model = model
    self.draws = draws.cast(to: .float64)
  }

  /// The draws of all chains as one bag.
  public init(_ draws: Draws, of model: Model) {
    let shape = [draws.chains * draws.count, draws.dimension]
    self.init(Tensor(draws.values, shape: shape), of: model)
  }

  public func observe(_ inputs: Tensor, _ request: Request) throws -> Observation {
    try model.check(inputs, request)
    return withoutGradient {
      let points = inputs.cast(to: .float64)
      let rows = max(1, min(inputs.shape[0], chunk / (model.outputs * 1_024)))
      let parts = stride(from: 0, to: inputs.shape[0], by: rows).map { start in
        mean(points[start..<min(start + rows, inputs.shape[0])], slopes: request.wantsDerivatives)
      }
      let slopes = parts.compactMap(\.slopes)
      let all = Prediction(
        values: .concatenated(parts.map(\.values)),
        slopes: slopes.isEmpty ? nil : .concatenated(slopes),
        quantity: model.quantity
      )
      return all.observation(inputs.elementType)
    }
  }

  /// The mean prediction at inputs few enough to be taken at once.
  private func mean(_ points: Tensor, slopes: Bool) -> Prediction {
    let rows = max(1, chunk / (points.shape[0] * model.outputs))
    var values: Tensor?
    var derivatives: Tensor?
    for start in stride(from: 0, to: count, by: rows) {
      let some = draws[start..<min(start + rows, count)]
      let part = model.sum(some, at: points, slopes: slopes)
      values = values.map { $0 + part.values } ?? part.values
      derivatives = part.slopes.map { slope in derivatives.map { $0 + slope } ?? slope }
    }
    return Prediction(
      values: values! / Double(count),
      slopes: derivatives.map { $0 / Double(count) },
      quantity: model.quantity
    )
  }

  /// The predictive of `count` draws taken at even distances: the plainest compact form.
  public func thinned(to count: Int) -> PosteriorPredictive {
    precondition(
      count > 0 && count <= self.count,
      "PosteriorPredictive.thinned: \(count) of \(self.count) draws"
    )
    let rows = (0..<count).map { $0 * self.count / count }
    return PosteriorPredictive(draws[rows: Tensor(rows)], of: model)
  }
}
