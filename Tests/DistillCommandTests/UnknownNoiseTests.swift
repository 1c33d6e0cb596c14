import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Linear regression that is sampled here without its noise, and what the run keeps of its draws.
@Suite struct UnknownNoiseTests {
  private let count = 150

  private func data(outliers: Bool, in folder: URL) throws -> String {
    let (x, noise) = (normals(count, seed: 8), normals(count, seed: 9))
    let rows = x.indices.map { i -> [Double] in
      let isFar = outliers && i % 10 == 0
      return [x[i], 1e4 + 20 * x[i] + 15 * noise[i] * (isFar ? 12 : 1)]
    }
    return try written(tableText(["x", "y"], rows), "data.csv", in: folder)
  }

  private func parameters(_ run: URL) throws -> [String: [Double]] {
    let table = try CSV.read(
      from: run.appendingPathComponent("parameters.csv"),
      labels: "parameter"
    )
    #expect(
      table.columns == ["mean", "mcse", "sd", "5%", "50%", "95%", "rhat", "ess_bulk", "ess_tail"]
    )
    return Dictionary(uniqueKeysWithValues: zip(table.labels!, table.values.rowsOfScalars))
  }

  @Test func noiseIsSampledAndKept() throws {
    try withScratchFolder { folder in
      let run = folder.appendingPathComponent("run")
      let data = try data(outliers: false, in: folder)
      let common = ["--model", "linear", "--data", data, "--outcome", "y", "--draws-count", "300"]
      let said = try performPredictive(common + ["--steps", "300", "--certify"], in: run).text
      #expect(
        said.contains("exponential of mean 1 on the noise") && said.contains("parameters.csv")
      )
      let found = try parameters(run)
      #expect(Set(found.keys) == ["x", "intercept", "noise"])
      // The residuals' own deviation, whose posterior has a relative deviation of 1 / √(2 n).
      #expect(abs(found["noise"]![0] - 15) < 15 * 0.2)
      #expect(abs(found["x"]![0] - 20) < 4 && abs(found["intercept"]![0] - 1e4) < 4)
      // Draws read again, by chain, are those of the table.
      let file = try DrawFile(
        [run.appendingPathComponent("draws.csv.gz").path],
        variables: ["x", "intercept", "noise"]
      )
      var draws: [[Double]] = []
      while let draw = try file.next() { draws.append(draw) }
      #expect(draws.count == 1_200 && file.chainCount == 4)
      for (place, name) in ["x", "intercept", "noise"].enumerated() {
        let values = draws.map { $0[place] }
        let mean = values.reduce(0, +) / Double(values.count)
        #expect(abs(mean - found[name]![0]) < 1e-9 * abs(mean), "\(name)")
      }
    }
  }

  @Test func tailsThatAreNotKnown() throws {
    try withScratchFolder { folder in
      let run = folder.appendingPathComponent("run")
      let data = try data(outliers: true, in: folder)
      let common = ["--model", "linear", "--data", data, "--outcome", "y", "--draws-count", "300"]
      try performPredictive(
        common + ["--degrees-of-freedom", "unknown", "--steps", "300", "--certify"],
        in: run
      )
      let found = try parameters(run)
      // A tenth of outcomes lies twelve times as far: few degrees of freedom, and a scale of the others.
      #expect(found["degrees of freedom"]![0] < 4 && abs(found["noise"]![0] - 15) < 6)
      #expect(abs(found["x"]![0] - 20) < 5)
      let both = refusal {
        try performPredictive(common + ["--degrees-of-freedom", "4", "--noise", "15"])
      }
      #expect(both?.contains("leave out --noise") == true)
      let odd = refusal { try performPredictive(common + ["--noise", "sigma"]) }
      #expect(odd?.contains("--noise sigma: linear regression is sampled here") == true)
    }
  }

  /// Draws of another program with a variable of their degrees of freedom: the density is that of t.
  @Test func tailsOfDraws() throws {
    let model = LinearPredictorModel(.linearWithTails, inputs: 1)
    #expect(model.dimension == 3)
    let (scale, nu) = (2.0, 3.0)
    let z = (5 - 1.5) / scale
    let constant: Double = lgamma(2) - lgamma(1.5) - 0.5 * log(nu * .pi)
    let expected: Double = constant - log(scale) - 2 * log1p(z * z / nu)
    let found = model.logProbability(of: 5, given: [[1.5, scale, nu]], at: [1])
    #expect(abs(found - expected) < 1e-12)
    try withScratchFolder { folder in
      let rows = zip(normals(200, seed: 1), normals(200, seed: 2)).map { a, b in
        [1 + 0.1 * a, 2 + 0.1 * b, 5]
      }
      let draws = try written(tableText(["beta", "sigma", "nu"], rows), "draws.csv", in: folder)
      let run = folder.appendingPathComponent("run")
      try performPredictive(
        [
          "--draws", draws, "--model", "linear", "--noise", "sigma", "--degrees-of-freedom", "nu",
          "--inputs", "gaussian:1", "--steps", "400", "--family", "mixture-density-network",
          "--components", "3", "--certify",
        ],
        in: run
      )
      guard
        case .outcomes(let found) = try predictiveStudent(run).predictions(at: Tensor([[0.5]]))
      else {
        Issue.record("no outcomes")
        return
      }
      // 2 √(5/3) wide about 0.5; quartiles of t₅ at 0.727.
      #expect(abs(found[0].quantile(0.5) - 0.5) < 0.5)
      #expect(abs(found[0].quantile(0.75) - 0.5 - 2 * 0.727) < 0.6)
      #expect(try predictiveCertificate(run).forms[0].divergence!.mean < 0.1)
    }
  }
}
