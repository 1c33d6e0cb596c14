import Distill
import Foundation
import Runs

/// Compares densities of the held-out patients with that of all draws, on a grid of outcomes.
package struct DiabetesJudge {
  private let posterior: DiabetesPosterior
  private let step = 0.1
  private let grid: [Double]
  /// The density of all draws, `[patients][grid]`.
  private let reference: [[Double]]

  package init(_ posterior: DiabetesPosterior) {
    self.posterior = posterior
    let grid = stride(from: -9.0, through: 9, by: 0.1).map { $0 }
    self.grid = grid
    let bag = DrawBag(posterior.draws)
    reference = posterior.test.inputs.map { x in
      let density = bag.density(at: x)
      return grid.map { exp(density($0)) }
    }
  }

  /// - Parameters:
  ///   - numbers: What it is made of.
  ///   - density: For the inputs of a patient, the log-density of an outcome.
  package func score(
    _ name: String,
    numbers: Int,
    _ density: ([Double]) throws -> (Double) -> Double
  ) throws -> PredictiveDiabetes.Score {
    var (divergence, logProbability, covered, width) = (0.0, 0.0, 0.0, 0.0)
    let clock = ContinuousClock()
    let start = clock.now
    let densities = try posterior.test.inputs.map { x in
      let own = try density(x)
      return grid.map(own)
    }
    let seconds = (clock.now - start) / .seconds(1)
    for (n, (x, outcome)) in zip(posterior.test.inputs, posterior.test.outcomes).enumerated() {
      for (p, log) in zip(reference[n], densities[n]) where p > 0 {
        divergence += p * (Foundation.log(p) - log) * step
      }
      logProbability += try density(x)(outcome)
      let interval = interval(densities[n].map { exp($0) })
      covered += interval.contains(outcome) ? 1 : 0
      width += interval.upperBound - interval.lowerBound
    }
    let count = Double(posterior.test.outcomes.count)
    return PredictiveDiabetes.Score(
      name: name,
      divergence: divergence / count,
      logProbability: logProbability / count - log(posterior.outcomeScale),
      coverage: covered / count,
      width: width / count * posterior.outcomeScale,
      numbers: numbers,
      microseconds: seconds / count * 1e6
    )
  }

  /// From the 5% to the 95% quantile of a density on the grid.
  private func interval(_ density: [Double]) -> ClosedRange<Double> {
    let total = density.reduce(0, +)
    var sum = 0.0
    var (low, high) = (grid[0], grid.last!)
    for (y, p) in zip(grid, density) {
      let next = sum + p / total
      // Within a cell the density is taken as constant.
      for (level, isLow) in [(0.05, true), (0.95, false)] where sum < level && next >= level {
        let place = y + step * ((level - sum) / (next - sum) - 0.5)
        if isLow { low = place } else { high = place }
      }
      sum = next
    }
    return low...max(low, high)
  }
}

/// The predictive of a bag of draws, or of a weighted few.
package struct DrawBag {
  private let draws: [[Double]]
  private let logWeights: [Double]

  package init(_ draws: [[Double]], weights: [Double]? = nil) {
    self.draws = draws
    logWeights = weights?.map { log($0) } ?? draws.map { _ in -log(Double(draws.count)) }
  }

  /// The log-density of an outcome at inputs.
  package func density(at x: [Double]) -> (Double) -> Double {
    let terms = draws.map { DiabetesPosterior.outcome($0, x) }
    // Constants of each term are worked out once for all outcomes.
    let scales = zip(terms, logWeights).map { $0.logProbability(of: $0.location) + $1 }
    return { y in
      var (largest, sum) = (-Double.infinity, 0.0)
      for (term, scale) in zip(terms, scales) {
        let z = (y - term.location) / term.scale
        let nu = term.degreesOfFreedom
        let log = scale - 0.5 * (nu + 1) * Foundation.log(1 + z * z / nu)
        if log > largest {
          sum = sum * exp(largest - log) + 1
          largest = log
        } else {
          sum += exp(log - largest)
        }
      }
      return largest + Foundation.log(sum)
    }
  }
}

/// All draws, and the plain ways to keep fewer.
package struct DiabetesBaselines {
  package let scores: [PredictiveDiabetes.Score]

  package init(_ recipe: PredictiveDiabetes, _ posterior: DiabetesPosterior, _ judge: DiabetesJudge)
    throws
  {
    let draws = posterior.draws
    var random = RandomStream(seed: 1)
    let medoids = try KMedoids(draws, recipe.few, using: &random)
    let mean = (0..<13).map { j in draws.reduce(0) { $0 + $1[j] } / Double(draws.count) }
    let bags: [(String, DrawBag, Int)] = [
      ("all \(grouped(draws.count)) draws", DrawBag(draws), 13 * draws.count),
      ("mean of the draws", DrawBag([mean]), 13),
      (
        "\(recipe.few) thinned draws",
        DrawBag((0..<recipe.few).map { draws[$0 * draws.count / recipe.few] }), 13 * recipe.few
      ),
      (
        "\(recipe.few) medoids",
        DrawBag(medoids.rows.map { draws[$0] }, weights: medoids.weights), 14 * recipe.few
      ),
    ]
    scores = try bags.map { name, bag, numbers in
      try judge.score(name, numbers: numbers) { bag.density(at: $0) }
    }
  }
}
