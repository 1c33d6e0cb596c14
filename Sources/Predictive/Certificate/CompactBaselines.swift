import Foundation
import Probability
import Tensors

/// Simpler compact forms of a bag of draws: a few of them, and their mean.
package struct CompactBaselines {
  /// A name, draws in the coordinates of the model, and the weight of each.
  package struct Form {
    package let name: String
    package let draws: [[Double]]
    package let weights: [Double]
  }

  package let forms: [Form]

  /// - Parameters:
  ///   - bag: All draws, in the coordinates of the model.
  ///   - count: As many as the student has components.
  ///   - hasMean: Whether the mean of draws is a draw of the model too.
  package init(_ bag: [[Double]], _ count: Int, hasMean: Bool, seed: UInt64) throws {
    let count = min(count, bag.count)
    var random = RandomStream(seed: seed, stream: 31)
    let some = PosteriorBag.thinned(bag, to: max(count, 2_000))
    let medoids = try KMedoids(some, count, using: &random)
    var forms = [
      Form(
        name: "\(count) medoids",
        draws: medoids.rows.map { some[$0] },
        weights: medoids.weights
      ),
      Form(
        name: "\(count) thinned draws",
        draws: PosteriorBag.thinned(bag, to: count),
        weights: [Double](repeating: 1 / Double(count), count: count)
      ),
    ]
    if hasMean {
      forms.append(Form(name: "the mean draw", draws: [Self.mean(bag)], weights: [1]))
    }
    self.forms = forms
  }

  package static func mean(_ bag: [[Double]]) -> [Double] {
    bag[0].indices.map { i in bag.reduce(0) { $0 + $1[i] } / Double(bag.count) }
  }

  /// Row-major, `[dimension × dimension]`.
  package static func covariance(_ bag: [[Double]]) -> [Double] {
    let (centre, n) = (mean(bag), bag[0].count)
    var sums = [Double](repeating: 0, count: n * n)
    for draw in bag {
      for i in 0..<n {
        for j in 0..<n { sums[i * n + j] += (draw[i] - centre[i]) * (draw[j] - centre[j]) }
      }
    }
    return sums.map { $0 / Double(max(bag.count - 1, 1)) }
  }
}

extension CompactBaselines.Form {
  /// Σ weight × prediction, `[places, outputs]`.
  package func predictions(_ model: any PredictiveModel, at places: Tensor) -> Tensor {
    let parts = zip(draws, weights).map { draw, weight in
      model.sum(Tensor([draw]), at: places, slopes: false).values * weight
    }
    return parts.dropFirst().reduce(parts[0]) { $0 + $1 }
  }
}
