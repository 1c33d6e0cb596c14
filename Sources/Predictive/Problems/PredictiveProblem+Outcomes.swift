import Foundation
import Mathematics
import Probability

extension PredictiveProblem {
  /// The same problem with outcomes of zero mean and unit variance, as some draws predict them, where
  /// outcomes are real numbers of a linear model.
  ///
  /// - Parameter start: Draws in the coordinates of the model.
  package func scalingOutcomes(_ start: [[Double]], seed: UInt64) throws -> PredictiveProblem {
    if model is TabulatedOutcomes { return scaled(byOutcomes: start, seed: seed) }
    guard let model = model as? LinearPredictorModel, model.quantity == .means,
      model.outcome != .poisson
    else { return self }
    var random = RandomStream(seed: seed, stream: 11)
    let width = scaling.dimension
    let flat = rows?.scalars(Double.self)
    let outcomes = (0..<2_000).map { _ in
      let draw = start[random.index(below: start.count)]
      let input: [Double]
      if let flat {
        let row = random.index(below: flat.count / width)
        input = Array(flat[(row * width)..<((row + 1) * width)])
      } else {
        input = (0..<width).map {
          scaling.hasIntercept && $0 == width - 1 ? 1 : random.normal()
        }
      }
      return model.sample(draw, at: input, using: &random)
    }
    let estimate = Estimate(of: outcomes)
    let scale = max(estimate.variance.squareRoot(), 1e-12)
    let shift = scaling.hasIntercept ? estimate.mean : 0
    var scaled = model
    if case .linear(let noise) = model.outcome {
      scaled = LinearPredictorModel(.linear(noise: noise / scale), inputs: width)
    }
    let change = self.change
    let hasIntercept = scaling.hasIntercept
    var result = PredictiveProblem(
      model: scaled,
      scaling: scaling,
      inputNames: inputNames,
      classes: classes,
      change: { draw in
        var draw = try change(draw)
        // Degrees of freedom have no unit.
        let freedom = model.outcome == .linearWithTails ? draw.removeLast() : nil
        draw = draw.map { $0 / scale } + (freedom.map { [$0] } ?? [])
        if hasIntercept { draw[width - 1] -= shift / scale }
        return draw
      },
      rows: rows
    )
    result.outcome = (shift, scale)
    result.fitted = fitted
    result.smoothsRows = smoothsRows
    return result
  }
  /// The same of outcomes that draws hold themselves.
  private func scaled(byOutcomes start: [[Double]], seed: UInt64) -> PredictiveProblem {
    var random = RandomStream(seed: seed, stream: 11)
    let width = model.dimension
    let estimate = Estimate(
      of: (0..<10_000).map { _ in
        start[random.index(below: start.count)][random.index(below: width)]
      }
    )
    let (shift, scale) = (estimate.mean, max(estimate.variance.squareRoot(), 1e-12))
    var result = self
    let change = self.change
    result.change = { draw in try change(draw).map { ($0 - shift) / scale } }
    result.outcome = (shift, scale)
    return result
  }
}
