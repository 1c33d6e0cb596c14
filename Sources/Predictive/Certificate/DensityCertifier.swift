import Foundation
import Mathematics
import Probability
import Reporting

/// Compares densities of the outcome, by samples of the Monte Carlo predictive.
package struct DensityCertifier {
  private let task: PredictiveTask
  private let student: CompactStudent
  private let problem: PredictiveProblem
  private let bag: [[Double]]

  package init(
    task: PredictiveTask,
    _ student: CompactStudent,
    _ problem: PredictiveProblem,
    _ bag: [[Double]]
  ) {
    (self.task, self.student, self.problem, self.bag) = (task, student, problem, bag)
  }

  private func log(_ value: [Double]) -> Double {
    switch student.family {
    case .gaussians(let mixture): mixture.logProbability(of: value)
    case .students(let mixture): mixture.logProbability(of: value[0])
    default: preconditionFailure("DensityCertifier: a student that is no density")
    }
  }

  private func quantile(_ probability: Double) -> Double? {
    switch student.family {
    case .gaussians(let mixture) where mixture.dimension == 1: mixture.quantile(probability)
    case .students(let mixture): mixture.quantile(probability)
    default: nil
    }
  }

  package func certify() throws -> (PredictiveCertificate, [any Chart]) {
    var random = RandomStream(seed: task.seed, stream: 51)
    let model = problem.model as? GaussianMixtureModel
    let some = PosteriorBag.thinned(bag, to: 2_000)
    let values: [[Double]] =
      model.map { model in
        (0..<5_000).map { _ in
          [model.sample(bag[random.index(below: bag.count)], using: &random)]
        }
      } ?? Array(bag.suffix(max(1, bag.count / 5)))
    let own = values.map(log)
    var forms: [PredictiveCertificate.Form] = []
    var (slow, fast): (Double?, Double) = (
      nil, microseconds(for: values.count) { for value in values { _ = log(value) } }
    )
    var truth: [Double]?
    if let model {
      truth = values.map { model.logProbability(of: $0[0], given: some, at: []) }
      slow =
        microseconds(for: 20) {
          for value in values.prefix(20) {
            _ = model.logProbability(of: value[0], given: bag, at: [])
          }
        }
      forms.append(form("student", own, truth!, student.parameterCount, fast))
      let one = try GaussianMixture.fitted(to: values, components: 1, starts: 1, using: &random)
      forms.append(
        form("one normal", values.map(one.mixture.logProbability), truth!, 2, nil)
      )
      let few = try CompactBaselines(bag, 1, hasMean: true, seed: task.seed)
      for baseline in few.forms {
        let logs = values.map { model.logProbability(of: $0[0], given: baseline.draws, at: []) }
        forms.append(form(baseline.name, logs, truth!, bag[0].count, nil))
      }
    } else {
      forms.append(
        .init(
          name: "student",
          divergence: nil,
          largestDifference: nil,
          numbers: student.parameterCount,
          microseconds: fast
        )
      )
    }
    fast = max(fast, 1e-6)
    let numbers = bag.count * bag[0].count
    forms.append(.monteCarlo(numbers: numbers, microseconds: slow))
    let certificate = PredictiveCertificate(
      draws: some.count,
      comparedAt: "\(grouped(values.count)) values that the draws predict",
      forms: forms,
      coverage: coverage(values),
      outcomes: model == nil
        ? [.init(name: "student", logProbability: Estimate(of: own))] : nil,
      sizeRatio: Double(numbers) / Double(student.parameterCount),
      latencyRatio: slow.map { $0 / fast }
    )
    var charts: [any Chart] = truth == nil ? [] : [divergenceChart(forms)]
    if let chart = curve(values, model, some) { charts.append(chart) }
    return (certificate, charts)
  }

  private func form(
    _ name: String,
    _ q: [Double],
    _ truth: [Double],
    _ numbers: Int,
    _ time: Double?
  ) -> PredictiveCertificate.Form {
    .init(
      name: name,
      divergence: Estimate(of: zip(truth, q).map(divergenceTerm)),
      largestDifference: nil,
      numbers: numbers,
      microseconds: time
    )
  }

  private func coverage(_ values: [[Double]]) -> [PredictiveCertificate.Coverage] {
    [0.5, 0.9, 0.95].compactMap { level in
      guard let low = quantile(0.5 - level / 2), let high = quantile(0.5 + level / 2) else {
        return nil
      }
      let hits = values.map { (low...high).contains($0[0]) ? 1.0 : 0 }
      return .init(level: level, share: Estimate(of: hits), of: "what the draws predict")
    }
  }

  /// Both densities as curves, on the real line.
  private func curve(
    _ values: [[Double]],
    _ model: GaussianMixtureModel?,
    _ some: [[Double]]
  ) -> LineChart? {
    guard let low = quantile(0.001), let high = quantile(0.999) else { return nil }
    let grid = (0...60).map { low + (high - low) * Double($0) / 60 }
    var lines = [
      LineChart.Line("student", grid.map { .init(x: $0, y: exp(log([$0]))) })
    ]
    if let model {
      lines.append(
        LineChart.Line(
          "Monte Carlo",
          grid.map { .init(x: $0, y: exp(model.logProbability(of: $0, given: some, at: []))) }
        )
      )
    }
    return LineChart(
      title: "The predictive density",
      x: Axis("outcome"),
      y: Axis("density"),
      lines: lines
    )
  }
}
