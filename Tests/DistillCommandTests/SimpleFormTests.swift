import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Predictive
@testable import Runs

/// Draws themselves, and one normal of them, as students, which may be nearer than what a short
/// training makes.
@Suite struct SimpleFormTests {
  private static let draws = zip(normals(400, seed: 31), normals(400, seed: 32))
    .map { [1 + 0.5 * $0, -1 + $1] }

  private func common(_ model: String, in folder: URL) throws -> [String] {
    let draws = try written(tableText(["beta", "alpha"], Self.draws), "draws.csv", in: folder)
    return [
      "--draws", draws, "--intercept", "alpha", "--inputs", "gaussian:4", "--model", model,
    ]
  }

  private func components(of run: URL) throws -> (rows: [[Double]], weights: [Double]) {
    switch try predictiveStudent(run).family {
    case .logistics(let mixture):
      (mixture.coefficients.value.rowsOfScalars, mixture.weights)
    case .regressions(let mixture):
      (mixture.coefficients.value.rowsOfScalars, mixture.weights)
    default: ([], [])
    }
  }

  @Test(arguments: ["logistic", "poisson"], ["medoids", "thinned"])
  func componentsAreDraws(model: String, family: String) throws {
    try withScratchFolder { folder in
      let run = folder.appendingPathComponent("run")
      let common = try common(model, in: folder)
      let options = ["--family", family, "--components", "5", "--certify"]
      try performPredictive(common + options, in: run)
      let found = try components(of: run)
      #expect(found.rows.count == 5)
      for component in found.rows {
        let isDraw = Self.draws.contains { draw in
          zip(draw, component).allSatisfy { abs($0 - $1) < 1e-9 }
        }
        #expect(isDraw)
      }
      // A medoid weighs as much as the draws that are nearest to it.
      let shares = found.weights.map { 400 * $0 }
      #expect(abs(found.weights.reduce(0, +) - 1) < 1e-9)
      #expect((Set(found.weights).count > 1) == (family == "medoids"))
      #expect(shares.allSatisfy { abs($0 - $0.rounded()) < 1e-6 })
      let divergences = try predictiveCertificate(run).forms.compactMap(\.divergence?.mean)
      let areFinite = divergences.allSatisfy { $0.isFinite }
      #expect(areFinite)
    }
  }

  /// Fewer draws than components, some of them the same: every draw once, with its share.
  @Test func fewDrawsAreAllTheMedoids() throws {
    try withScratchFolder { folder in
      let run = folder.appendingPathComponent("run")
      let rows = [[1.0, 2], [1, 2], [3, -1], [0, 0.5]]
      let draws = try written(tableText(["beta", "alpha"], rows), "draws.csv", in: folder)
      try performPredictive(
        [
          "--draws", draws, "--intercept", "alpha", "--inputs", "gaussian:4", "--family", "medoids",
        ],
        in: run
      )
      let found = try components(of: run)
      let shares = zip(found.rows, found.weights).map { row, weight in
        (row.map { ($0 * 1e9).rounded() / 1e9 + 0 }, (weight * 1e9).rounded() / 1e9)
      }
      let expected: [([Double], Double)] = [([0, 0.5], 0.25), ([1, 2], 0.5), ([3, -1], 0.25)]
      let sorted = shares.sorted { $0.0[0] < $1.0[0] }
      #expect(sorted.map(\.0) == expected.map(\.0) && sorted.map(\.1) == expected.map(\.1))
    }
  }

  /// Numbers that people read have no exponents, and what is slower is not nought times faster.
  @Test func lessonsAreRead() throws {
    let student = PredictiveCertificate.Form(
      name: "student",
      divergence: Estimate(of: [1e-6, 1e-6]),
      largestDifference: nil,
      numbers: 400,
      microseconds: 2_840.4
    )
    let other = PredictiveCertificate.Form(
      name: "5 medoids",
      divergence: Estimate(of: [2.5e-3, 2.5e-3]),
      largestDifference: nil,
      numbers: 15
    )
    let certificate = PredictiveCertificate(
      draws: 100,
      comparedAt: "10 rows",
      forms: [student, other],
      coverage: [],
      sizeRatio: 0.5,
      latencyRatio: 0.0123
    )
    #expect(certificate.table.text(width: 80).contains("2,840"))
    #expect(certificate.lesson.contains("is 2 times larger and 81.3 times slower"))
    #expect(certificate.lesson.contains("(5 medoids) is 2,500 times as far"))
  }

  /// Means have no classes to mix.
  @Test(arguments: ["mixture-of-logistics", "mixture-of-softmaxes", "dirichlet-network"])
  func meansAreForNetworks(family: String) throws {
    let options =
      "predictive --model values --values means --draws d.csv --data d --family \(family)"
    do {
      _ = try Program.parsed(options.split(separator: " ").map(String.init))
      Issue.record("taken: \(options)")
    } catch {
      #expect(Program.message(for: error).contains("--values means: choose from network"))
    }
  }

  /// By the exact integral over the normal of the draws' moments, as a sum over a fine grid.
  @Test(arguments: ["logistic", "probit", "poisson", "linear"])
  func oneNormalIsPredictedExactly(model: String) throws {
    try withScratchFolder { folder in
      let run = folder.appendingPathComponent("run")
      let noise = model == "linear" ? ["--noise", "0.7"] : []
      let common = try common(model, in: folder)
      try performPredictive(common + noise + ["--family", "normal", "--certify"], in: run)
      let student = try predictiveStudent(run)
      let count = Double(Self.draws.count)
      let mean = (0..<2).map { i in Self.draws.reduce(0) { $0 + $1[i] } / count }
      func covariance(_ i: Int, _ j: Int) -> Double {
        Self.draws.reduce(0) { $0 + ($1[i] - mean[i]) * ($1[j] - mean[j]) } / (count - 1)
      }
      for x in [-2.0, 0.3, 1.5] {
        let m = mean[0] * x + mean[1]
        let v = covariance(0, 0) * x * x + 2 * covariance(0, 1) * x + covariance(1, 1)
        func expected(_ f: (Double) -> Double) -> Double {
          let grid = (-6_000...6_000).map { Double($0) / 500 }
          let weights = grid.map { exp(-0.5 * $0 * $0) }
          var sum = 0.0
          for (place, weight) in zip(grid, weights) {
            sum += weight * f(m + v.squareRoot() * place)
          }
          return sum / weights.reduce(0, +)
        }
        let predictions = try student.predictions(at: Tensor([[x]]))
        switch predictions {
        case .classes(let logs):
          func link(_ z: Double) -> Double {
            model == "probit" ? 0.5 * erfc(-z / 2.0.squareRoot()) : 1 / (1 + exp(-z))
          }
          #expect(abs(exp(logs.scalars(Double.self)[1]) - expected(link)) < 1e-8)
        case .outcomes(let outcomes):
          if model == "linear" {
            #expect(abs(outcomes[0].mean - m) < 1e-9)
            #expect(abs(outcomes[0].variance - v - 0.49) < 1e-9)
          } else {
            for y in [0.0, 1, 4] {
              let exact = expected { exp(y * $0 - exp($0) - lgamma(y + 1)) }
              #expect(abs(exp(outcomes[0].logProbability(of: y)) - exact) < 1e-6)
            }
          }
        case .means: Issue.record("means")
        }
      }
      // The table's own line of it is this student.
      let forms = try predictiveCertificate(run).forms
      let normal = try #require(forms.first { $0.name.hasPrefix("one normal") }?.divergence?.mean)
      let own = try #require(forms[0].divergence?.mean)
      #expect(abs(normal - own) < 1e-9 && forms[0].numbers == (model == "linear" ? 6 : 5))
    }
  }

  @Test func oneNormalOfADensity() throws {
    try withScratchFolder { folder in
      let run = folder.appendingPathComponent("run")
      let values = normals(500, seed: 4).map { [3 + 2 * $0] }
      let draws = try written(tableText(["y"], values), "draws.csv", in: folder)
      try performPredictive(
        ["--model", "samples", "--draws", draws, "--family", "normal"],
        in: run
      )
      guard case .gaussians(let mixture) = try predictiveStudent(run).family else {
        Issue.record("no mixture")
        return
      }
      // The last fifth is for a certificate.
      let mean = values.prefix(400).reduce(0) { $0 + $1[0] } / 400
      #expect(mixture.components == 1 && abs(mixture.mean[0] - mean) < 1e-6)
    }
  }

  @Test func formsThatAreNotTrainedTakeNoSteps() throws {
    try withScratchFolder { folder in
      let common = try common("logistic", in: folder)
      for options in [["--online"], ["--steps", "5"], ["--learning-rate", "0.1"]] {
        do {
          _ = try Program.parsed(["predictive"] + common + ["--family", "medoids"] + options)
          Issue.record("taken: \(options)")
        } catch {
          let reason = Program.message(for: error)
          #expect(reason.contains("has no effect with --family medoids"), "\(reason)")
        }
      }
    }
  }

  /// After one step of training nothing is learnt: what is nearer is taken and said, and asked for by
  /// name the trained one stays, with the way to the nearer one.
  @Test func theNearestFormIsTakenAndSaid() throws {
    try withScratchFolder { folder in
      let common = try common("logistic", in: folder) + ["--certify"]
      let (free, named) = (folder.appendingPathComponent("a"), folder.appendingPathComponent("b"))
      let short = ["--components", "2", "--steps", "1", "--learning-rate", "3"]
      let said = try performPredictive(common + short, in: free).text
      #expect(said.contains("KL from the draws at held-out inputs: ") && said.contains(", taken"))
      #expect(said.contains("the trained mixture-of-logistics"))
      try performPredictive(common + short + ["--family", "mixture-of-logistics"], in: named)
      let own = try predictiveCertificate(free)
      let trained = try predictiveCertificate(named)
      #expect(own.forms[0].divergence!.mean < trained.forms[0].divergence!.mean)
      #expect(trained.lesson.contains(": save it by --family "))
    }
  }

  /// Five rows say little of twelve numbers: inputs near them are taken, and of the same spread.
  @Test func fewRowsAreSmoothed() throws {
    try withScratchFolder { folder in
      let draws = try written(tableText(["beta", "alpha"], Self.draws), "draws.csv", in: folder)
      let data = try written("age\n1\n2\n4\n7\n9\n", "data.csv", in: folder)
      let common = [
        "--draws", draws, "--intercept", "alpha", "--data", data, "--components", "6", "--steps",
        "200", "--family", "mixture-of-logistics",
      ]
      let said = try performPredictive(common, in: folder.appendingPathComponent("a")).text
      #expect(said.contains("5 rows are fewer than the student's 12 numbers"))
      let rows = try performPredictive(
        common + ["--inputs", "data"],
        in: folder.appendingPathComponent("b")
      ).text
      #expect(!rows.contains("are fewer than"))
    }
    let table = Tensor([[1.0, 2, 1], [3, 6, 1], [4, 8, 1], [9, 18, 1], [5, 10, 1]])
    let generator = RandomGenerator(seed: 3)
    let drawn = SmoothedRows(table, inputs: 2).sample(40_000, using: generator)
    func moments(_ rows: Tensor) -> (mean: Double, variance: Double) {
      let column = rows.selecting(0, along: 1)
      let mean = column.mean().doubleValue
      return (mean, (column - mean).squared.mean().doubleValue)
    }
    #expect(abs(moments(drawn).mean - moments(table).mean) < 0.05)
    #expect(abs(moments(drawn).variance / moments(table).variance - 1) < 0.03)
    // One column is twice the other, and the last is a constant.
    for row in drawn[0..<50].rowsOfScalars {
      #expect(abs(row[1] - 2 * row[0]) < 1e-9 && abs(row[2] - 1) < 1e-12)
    }
    // Many more than the five that there were.
    #expect(Set(drawn[0..<50].rowsOfScalars.map { $0[0] }).count > 20)
  }
}
