import Distillation
import Exchange
import Foundation
import Mathematics
import Reporting
import Tensors

/// Scores a student by outcomes that draws hold themselves: those of draws at which it was not trained,
/// at rows at which it was not trained.
package struct DrawnOutcomeCertifier {
  private let student: CompactStudent
  private let problem: PredictiveProblem
  private let inputs: HeldOutInputs
  private let bag: [[Double]]

  /// The draws that are trained on.
  package static func fitted(of count: Int) -> Int { count * 4 / 5 }

  /// The most held-out draws that are scored.
  private static let most = 400

  /// - Parameter bag: All draws, in the coordinates of the problem.
  package init(
    _ student: CompactStudent,
    _ problem: PredictiveProblem,
    _ bag: [[Double]],
    _ inputs: HeldOutInputs
  ) {
    (self.student, self.problem, self.inputs, self.bag) = (student, problem, inputs, bag)
  }

  package func certify() throws -> (PredictiveCertificate, [any Chart]) {
    let rows = inputs.places.rowsOfScalars.map { Int($0[0]) }
    let fitted = bag.prefix(Self.fitted(of: bag.count))
    let held = PosteriorBag.thinned(Array(bag.suffix(bag.count - fitted.count)), to: Self.most)
    guard !held.isEmpty, fitted.count > 1 else {
      throw RunError("\(bag.count) draws are too few to hold a fifth of them out")
    }
    func outcomes(_ row: Int, _ draws: some Sequence<[Double]>) -> [Double] {
      draws.map { problem.outcome.shift + problem.outcome.scale * $0[row] }
    }
    let values = rows.map { outcomes($0, held) }
    let known = rows.map { outcomes($0, fitted) }
    let areCounts = (values + known).allSatisfy { $0.allSatisfy { $0 >= 0 && $0 == $0.rounded() } }
    let own = try distributions(at: inputs.rows)
    let fast = try microseconds(for: rows.count) { _ = try student.predictions(at: inputs.rows) }
    let kind = areCounts ? "negative binomial" : "normal"
    let perRow = known.map { MomentFit($0, areCounts: areCounts) }
    let one = MomentFit(known.flatMap { $0 }, areCounts: areCounts)
    func score(_ name: String, _ log: (Int, Double) -> Double) -> PredictiveCertificate.Score {
      let means = values.enumerated().map { row, values in
        values.reduce(0) { $0 + log(row, $1) } / Double(values.count)
      }
      return .init(name: name, logProbability: Estimate(of: means), of: "held-out draws")
    }
    let numbers = bag.count * bag[0].count
    var certificate = PredictiveCertificate(
      draws: bag.count,
      comparedAt: inputs.name,
      forms: [
        form("student", student.parameterCount, fast),
        form("one \(kind) for each row", 2 * bag[0].count),
        form("Monte Carlo", numbers),
      ],
      coverage: Self.coverage(own, values, of: "held-out draws"),
      outcomes: [
        score("student") { own[$0].logProbability(of: $1) },
        score("one \(kind) for each row") { perRow[$0].logProbability(of: $1) },
        score("one \(kind) for all rows") { one.logProbability(of: $1) },
      ],
      sizeRatio: Double(numbers) / Double(student.parameterCount),
      latencyRatio: nil
    )
    if let scored = inputs.scored { try self.score(scored, areCounts, in: &certificate) }
    return (certificate, [deviations(own, perRow)])
  }

  /// Real outcomes of all rows, by student and by what the draws say of each row.
  private func score(
    _ scored: ScoredOutcomes,
    _ areCounts: Bool,
    in certificate: inout PredictiveCertificate
  ) throws {
    let own = try distributions(at: scored.rows)
    let drawn = scored.outcomes.enumerated().map { row, y in
      MomentFit(
        bag.map { problem.outcome.shift + problem.outcome.scale * $0[row] },
        areCounts: areCounts
      ).logProbability(of: y)
    }
    certificate.outcomes! += scored.scores(
      drawn,
      zip(own, scored.outcomes).map { $0.logProbability(of: $1) }
    )
    certificate.coverage += Self.coverage(own, scored.outcomes.map { [$0] }, of: scored.name)
    certificate.doubts = scored.doubts(
      drawn,
      scored.plain(areCounts: areCounts),
      areCounts ? "one Poisson distribution does" : "one normal does"
    )
  }

  private func distributions(at rows: Tensor) throws -> [PredictedOutcome] {
    guard case .outcomes(let own) = try student.predictions(at: rows) else {
      preconditionFailure("DrawnOutcomeCertifier: a student without outcomes")
    }
    return own
  }

  private func form(_ name: String, _ numbers: Int, _ time: Double? = nil)
    -> PredictiveCertificate.Form
  {
    .init(name: name, divergence: nil, largestDifference: nil, numbers: numbers, microseconds: time)
  }

  /// How many of the values at each input are in the student's intervals.
  package static func coverage(
    _ own: [PredictedOutcome],
    _ values: [[Double]],
    of what: String
  ) -> [PredictiveCertificate.Coverage] {
    [0.5, 0.9, 0.95].map { level in
      let shares = zip(own, values).map { outcome, values -> Double in
        let (low, high) = (outcome.quantile(0.5 - level / 2), outcome.quantile(0.5 + level / 2))
        return Double(values.count { (low...high).contains($0) }) / Double(values.count)
      }
      return .init(level: level, share: Estimate(of: shares), of: what)
    }
  }

  /// The student's standard deviation at each row against the draws'.
  private func deviations(_ own: [PredictedOutcome], _ drawn: [MomentFit]) -> ScatterChart {
    let points = zip(own, drawn).prefix(300).map {
      LineChart.Point(x: $1.variance.squareRoot(), y: $0.deviation)
    }
    return ScatterChart(
      title: "The standard deviation of predictions",
      x: Axis("draws"),
      y: Axis("student"),
      groups: [.init("rows", points)],
      showsDiagonal: true
    )
  }
}

/// A normal, or of counts a negative binomial, with the moments of some numbers.
package struct MomentFit {
  package let mean: Double
  package let variance: Double
  package let areCounts: Bool

  package init(_ values: [Double], areCounts: Bool) {
    let estimate = Estimate(of: values)
    // Numbers that are all alike are known to about their own distance.
    let spread = 1e-9 * max(1, estimate.mean.magnitude)
    (mean, variance) = (estimate.mean, max(estimate.variance, spread * spread))
    self.areCounts = areCounts
  }

  package func logProbability(of value: Double) -> Double {
    guard areCounts else {
      let distance = value - mean
      return -0.5 * (log(2 * .pi * variance) + distance * distance / variance)
    }
    let rate = max(mean, 1e-9)
    // Not more dispersed than a Poisson distribution: it is one.
    guard variance > rate * (1 + 1e-6) else { return value * log(rate) - rate - lgamma(value + 1) }
    let size = rate * rate / (variance - rate)
    return lgamma(value + size) - lgamma(size) - lgamma(value + 1)
      + size * log(size / (size + rate)) + value * log(rate / (size + rate))
  }
}
