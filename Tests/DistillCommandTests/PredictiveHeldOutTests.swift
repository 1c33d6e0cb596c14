import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Real outcomes score draws and student, all of them; priors do not depend on units.
@Suite struct PredictiveHeldOutTests {
  /// 2,500 rows whose last fifth is unlike the others.
  @Test func allRowsAreScored() throws {
    try withScratchFolder { folder in
      let x = (0..<2_500).map { $0 < 2_000 ? 0.5 : -1.5 }
      let y = x.map { 2 * $0 + ($0 < 0 ? 3 : 0) }
      let held = try written(
        tableText(["x", "y"], zip(x, y).map { [$0, $1] }),
        "h.csv",
        in: folder
      )
      let draws = try written(
        tableText(["beta", "alpha"], [[2, 0], [2.5, 0]]),
        "d.csv",
        in: folder
      )
      let run = folder.appendingPathComponent("run")
      try performPredictive(
        ["--draws", draws, "--model", "linear", "--intercept", "alpha", "--noise", "1", "--data"]
          + [held, "--outcome", "y", "--held-out", held, "--certify", "--steps", "20"]
          + ["--compared-rows", "50"],
        in: run
      )
      let certificate = try predictiveCertificate(run)
      #expect(certificate.comparedAt.hasPrefix("50 of the 2,500 rows of"))
      let score = try #require(certificate.outcomes?.first { $0.name == "Monte Carlo" })
      let logs = zip(x, y).map { x, y -> Double in
        let densities = [2, 2.5].map {
          exp(-0.5 * (y - $0 * x) * (y - $0 * x)) / (2 * .pi).squareRoot()
        }
        return log(densities.reduce(0, +) / 2)
      }
      #expect(abs(score.logProbability.mean - logs.reduce(0, +) / 2_500) < 1e-6)
      #expect(score.of == "held-out outcomes")
      let coverage = certificate.coverage.filter { $0.of == "held-out outcomes" }
      #expect(coverage.map(\.level) == [0.5, 0.9, 0.95])
      // Three deviations off is outside, at every fifth row.
      #expect(coverage.allSatisfy { $0.share.mean <= 0.8 })
    }
  }

  /// y near 30,000 with a spread of 5,000: the fit is that of least squares, and its intervals hold
  /// what they say.
  @Test(arguments: [1, 1e-6])
  func priorsHaveNoUnit(unit: Double) throws {
    try withScratchFolder { folder in
      let count = 200
      let (x, noise) = (normals(count, seed: 7), normals(count, seed: 8))
      let y = zip(x, noise).map { unit * (30_000 + 5_000 * $0 + 1_000 * $1) }
      let years = x.map { 2_000 + 10 * $0 }
      let rows = zip(years, y).map { [$0, $1] }
      let data = try written(tableText(["year", "y"], rows), "data.csv", in: folder)
      let run = folder.appendingPathComponent("run")
      let transcript = try performPredictive(
        ["--data", data, "--outcome", "y", "--model", "linear", "--noise", "\(1_000 * unit)"]
          + ["--draws-count", "200", "--burn-in", "200", "--steps", "1000", "--certify"],
        in: run
      )
      #expect(transcript.text.contains("prior: N(0, 10²) on the weights of standardised inputs"))
      let mean = (x.reduce(0, +) / Double(count), y.reduce(0, +) / Double(count))
      let slope =
        zip(x, y).reduce(0) { $0 + ($1.0 - mean.0) * ($1.1 - mean.1) }
        / x.reduce(0) { $0 + ($1 - mean.0) * ($1 - mean.0) }
      let table = try PredictionTable(predictiveStudent(run), data, quantiles: [0.5])
      for row in stride(from: 0, to: count, by: 20) {
        let fit = mean.1 + slope * (x[row] - mean.0)
        #expect(abs(table.rows[row][0] - fit) < 500 * unit)
      }
      let certificate = try predictiveCertificate(run)
      let ninety = try #require(
        certificate.coverage.first { $0.level == 0.9 && $0.of == "the data's own outcomes" }
      )
      #expect(abs(ninety.share.mean - 0.9) < 0.1 && certificate.doubts == [])
    }
  }

  /// Two groups far from nought: the means of a mixture too have a prior about the outcomes.
  @Test func meansOfMixturesFarFromNought() throws {
    try withScratchFolder { folder in
      let y = normals(100, seed: 9).enumerated().map { 30_000 + ($0 % 2 == 0 ? 50 : -50) + $1 }
      let data = try written(tableText(["y"], y.map { [$0] }), "data.csv", in: folder)
      let run = folder.appendingPathComponent("run")
      try performPredictive(
        ["--data", data, "--model", "mixture", "--deviations", "1,1", "--components", "2"]
          + ["--draws-count", "200", "--burn-in", "200"],
        in: run
      )
      guard case .gaussians(let mixture) = try predictiveStudent(run).family else { return }
      let means = (0..<2).map { mixture.means[$0][0] }.sorted()
      #expect(abs(means[0] - 29_950) < 1 && abs(means[1] - 30_050) < 1)
    }
  }
}
