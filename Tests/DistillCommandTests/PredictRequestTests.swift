import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// What `distill predict` says of outcomes beside moments and quantiles, against the distributions'
/// definitions.
@Suite struct PredictRequestTests {
  private func student(in folder: URL, _ family: CompactStudent.Family, _ inputs: [String])
    throws -> (path: String, student: CompactStudent)
  {
    let student = try CompactStudent(family, inputs: inputs, hasIntercept: !inputs.isEmpty)
    return (try written(student.json(), "student.json", in: folder), student)
  }

  private func table(_ arguments: [String], in folder: URL) throws -> [[Double]] {
    let out = folder.appendingPathComponent("out.csv")
    try PredictCommand.parse(arguments + ["--out", out.path, "--quiet"]).run()
    return try CSV.read(from: out).values.rowsOfScalars
  }

  @Test func numbers() throws {
    try withScratchFolder { folder in
      let mixture = MixtureOfRegressions(
        [[1, 0], [-1, 2]],
        .normal,
        deviations: [0.5, 2],
        weights: [0.25, 0.75]
      )
      let (path, _) = try student(in: folder, .regressions(mixture), ["x"])
      let data = try written("x,y\n0.5,1\n-2,0.3\n", "data.csv", in: folder)
      let rows = try table(
        [
          path, "--data", data, "--quantiles", "0.5", "--cumulative=-1,2", "--log-probability", "y",
          "--samples", "4000",
        ],
        in: folder
      )
      for (row, (x, y)) in zip(rows, [(0.5, 1.0), (-2, 0.3)]) {
        #expect(row.count == 2 + 1 + 2 + 1 + 4_000)
        let parts = [(0.25, x, 0.5), (0.75, 2 - x, 2.0)]
        func cumulative(_ y: Double) -> Double {
          var sum = 0.0
          for (weight, mean, deviation) in parts {
            sum += 0.5 * weight * erfc((mean - y) / (deviation * 2.0.squareRoot()))
          }
          return sum
        }
        #expect(abs(row[3] - cumulative(-1)) < 1e-12 && abs(row[4] - cumulative(2)) < 1e-12)
        var density = 0.0
        for (weight, mean, deviation) in parts {
          let z = (y - mean) / deviation
          density += weight * exp(-0.5 * z * z) / (deviation * (2 * .pi).squareRoot())
        }
        #expect(abs(row[5] - log(density)) < 1e-12)
        let below = Double(row[6...].count { $0 <= 2 }) / 4_000
        // Four standard errors.
        #expect(abs(below - cumulative(2)) < 0.032)
      }
      #expect(Set(rows[0][6...]).intersection(rows[1][6...]).isEmpty)
      let few = [path, "--data", data, "--samples", "3", "--seed", "9"]
      let (once, again) = (try table(few, in: folder), try table(few, in: folder))
      #expect(once == again)
    }
  }

  @Test func standardInput() throws {
    try withScratchFolder { folder in
      let mixture = MixtureOfRegressions([[2, 1]], .normal, deviations: [0.5])
      _ = try student(in: folder, .regressions(mixture), ["x"])
      _ = try written("x\n3\n-1\n", "data.csv", in: folder)
      let said = try TutorialTests.output(
        of: "distill predict student.json --data - --quantiles 0.5 < data.csv",
        in: folder
      )
      let rows = said.split(separator: "\n").filter {
        $0.first?.isNumber == true || $0.hasPrefix("-")
      }
      #expect(rows == ["7.0,0.5,7.0", "-1.0,0.5,-1.0"] || rows == ["7,0.5,7", "-1,0.5,-1"])
    }
  }

  @Test func classesOfAColumn() throws {
    try withScratchFolder { folder in
      let student = try CompactStudent(
        .logistics(MixtureOfLogistics([[1, 0.5]])),
        inputs: ["x"],
        hasIntercept: true,
        classes: ["no", "yes"]
      )
      let path = try written(student.json(), "student.json", in: folder)
      let data = try written("x,label\n1,yes\n-2,no\n", "data.csv", in: folder)
      let rows = try table([path, "--data", data, "--log-probability", "label"], in: folder)
      for (row, p) in zip(rows, [1 / (1 + exp(-1.5)), 1 - 1 / (1 + exp(1.5))]) {
        #expect(abs(row[2] - log(p)) < 1e-12)
      }
      for option in [["--samples", "3"], ["--cumulative", "1"]] {
        let reason = refusal { try table([path, "--data", data] + option, in: folder) }
        #expect(reason?.contains("has no effect on this student, which predicts classes") == true)
      }
    }
  }

  @Test func densities() throws {
    try withScratchFolder { folder in
      let plane = try GaussianMixture(
        weights: [1],
        means: [[1, -2]],
        covariances: [[2, 0.5, 0.5, 1]]
      )
      let (path, _) = try student(in: folder, .gaussians(plane), [])
      let drawn = try table([path, "--samples", "4000"], in: folder)
      let mean = (0..<2).map { i in drawn.reduce(0) { $0 + $1[i] } / 4_000 }
      #expect(abs(mean[0] - 1) < 0.1 && abs(mean[1] + 2) < 0.07)
      let data = try written("a,b\n1,-2\n", "data.csv", in: folder)
      let logs = try table([path, "--data", data, "--log-probability", "a,b"], in: folder)
      #expect(abs(logs[0][0] + log(2 * .pi * 1.75.squareRoot())) < 1e-12)
      #expect(
        refusal { try table([path, "--data", data, "--log-probability", "a"], in: folder) }?
          .contains("names 1 columns where the density is of 2 numbers") == true
      )
    }
  }
}
