import Foundation
import Testing

@testable import Probability

/// Laplace's approximation reaches the mode, whatever the units of the inputs.
@Suite struct LaplaceTests {
  /// A constant, a year and an income, and outcomes that depend on both.
  private static let data: (rows: [[Double]], labels: [Int], counts: [Double]) = {
    var random = RandomStream(seed: 11)
    let rows = (0..<300).map { _ in
      [1, 2000 + Double(random.index(below: 25)), 50_000 + 20_000 * random.normal()]
    }
    let labels = rows.map { row -> Int in
      let eta = 0.1 * (row[1] - 2012) + 5e-5 * (row[2] - 5e4)
      let u = random.uniform()
      return u < 1 / (1 + exp(-eta)) ? (u < 0.3 ? 2 : 1) : 0
    }
    return (rows, labels, rows.map { _ in Double(random.poisson(mean: 3)) })
  }()

  /// Probabilities of classes by coefficients `[classes][3]`, the gradient of the log posterior and
  /// its negative Hessian, each element summed in double precision as the textbook writes it.
  private static func softmax(
    _ w: [Double],
    _ classes: Int,
    precision: Double
  ) -> (gradient: [Double], hessian: [Double]) {
    let n = w.count
    var gradient = w.map { -precision * $0 }
    var hessian = (0..<(n * n)).map { $0 / n == $0 % n ? precision : 0 }
    for (x, label) in zip(data.rows, data.labels) {
      let eta = (0..<classes).map { c in (0..<3).reduce(0.0) { $0 + w[c * 3 + $1] * x[$1] } }
      let most = eta.max()!
      let total = eta.reduce(0) { $0 + exp($1 - most) }
      let p = eta.map { exp($0 - most) / total }
      for a in 0..<n {
        gradient[a] += ((label == a / 3 ? 1 : 0) - p[a / 3]) * x[a % 3]
        for b in 0..<n {
          hessian[a * n + b] +=
            p[a / 3] * ((a / 3 == b / 3 ? 1 : 0) - p[b / 3]) * x[a % 3] * x[b % 3]
        }
      }
    }
    return (gradient, hessian)
  }

  /// gᵀ H⁻¹ g: the squared distance to the mode in standard deviations, by elimination.
  private static func decrement(_ gradient: [Double], _ hessian: [Double]) -> Double {
    let n = gradient.count
    var rows = (0..<n).map { Array(hessian[($0 * n)..<(($0 + 1) * n)]) + [gradient[$0]] }
    for i in 0..<n {
      for k in (i + 1)..<max(n, i + 1) {
        let factor = rows[k][i] / rows[i][i]
        for j in i...n { rows[k][j] -= factor * rows[i][j] }
      }
    }
    var x = [Double](repeating: 0, count: n)
    for i in stride(from: n - 1, through: 0, by: -1) {
      let known = ((i + 1)..<max(n, i + 1)).reduce(0.0) { $0 + rows[i][$1] * x[$1] }
      x[i] = (rows[i][n] - known) / rows[i][i]
    }
    return zip(gradient, x).reduce(0) { $0 + $1.0 * $1.1 }
  }

  @Test func softmaxOfAYearAndAnIncomeHasItsMode() throws {
    let model = try SoftmaxRegression(
      inputs: Self.data.rows,
      labels: Self.data.labels,
      classes: 3,
      priorStandardDeviation: 10
    )
    let fit = try LaplaceApproximation(of: model)
    let (gradient, hessian) = Self.softmax(fit.mode, 3, precision: 0.01)
    #expect(Self.decrement(gradient, hessian) < 1e-8)
  }

  /// In coordinates of mean 0 and spread 1, with the same prior of the coefficients as they are.
  @Test func logisticRegressionConverges() throws {
    let labels = Self.data.labels.map { $0 > 0 }
    let scaled = Self.data.rows.map { [($0[1] - 2012) / 7, ($0[2] - 5e4) / 2e4, 1] }
    let model = try LogisticRegression(
      inputs: scaled,
      labels: labels,
      prior: GaussianPrior(dimension: 3, standardDeviation: 10)
    )
    let fit = try LaplaceApproximation(of: model)
    var gradient = fit.mode.map { -0.01 * $0 }
    var hessian = (0..<9).map { $0 % 4 == 0 ? 0.01 : 0 }
    for (x, label) in zip(scaled, labels) {
      let p = 1 / (1 + exp(-zip(x, fit.mode).reduce(0) { $0 + $1.0 * $1.1 }))
      for a in 0..<3 {
        gradient[a] += ((label ? 1 : 0) - p) * x[a]
        for b in 0..<3 { hessian[a * 3 + b] += p * (1 - p) * x[a] * x[b] }
      }
    }
    // Single precision leaves some millionths of a deviation.
    #expect(Self.decrement(gradient, hessian) < 1e-10)
    let own = model.curvature(at: fit.mode)
    for (a, b) in zip(own, hessian) { #expect(abs(a - b) < 1e-4 * abs(hessian[8])) }
  }

  /// Closed forms against central differences of the gradient.
  @Test func curvaturesAreThoseOfTheGradient() throws {
    var random = RandomStream(seed: 3)
    let inputs = (0..<40).map { _ in [random.normal(), random.normal(), 1] }
    let prior = GaussianPrior(dimension: 3, standardDeviation: 2)
    let outcomes = inputs.map { _ in random.uniform() < 0.4 ? 1.0 : 0 }
    func regression(_ likelihood: PredictorLikelihood) throws -> LinearPredictorRegression {
      try LinearPredictorRegression(
        inputs: inputs,
        outcomes: outcomes,
        likelihood: likelihood,
        prior: prior
      )
    }
    let targets: [(any DifferentiableDistribution, Double)] = [
      (try regression(.probit), 1e-7), (try regression(.poisson), 1e-7),
      (try regression(.normal(noise: 0.3)), 1e-7),
      (
        try LogisticRegression(inputs: inputs, labels: outcomes.map { $0 > 0.5 }, prior: prior),
        1e-3
      ),
      (
        try SoftmaxRegression(
          inputs: inputs.map { Array($0.prefix(2)) },
          labels: inputs.indices.map { $0 % 3 },
          classes: 3,
          priorStandardDeviation: 2
        ), 1e-7
      ),
    ]
    for (target, tolerance) in targets {
      let point = (0..<target.dimension).map { 0.4 - 0.3 * Double($0) }
      let own = target.curvature(at: point)
      let n = target.dimension
      for j in 0..<n {
        var (above, below) = (point, point)
        above[j] += 1e-4
        below[j] -= 1e-4
        let slopes = zip(target.gradient(at: below), target.gradient(at: above)).map {
          ($0 - $1) / 2e-4
        }
        for i in 0..<n {
          #expect(
            abs(own[i * n + j] - slopes[i]) < tolerance * 40 * max(1, abs(slopes[i])),
            "\(type(of: target))"
          )
        }
      }
    }
  }
}
