import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Draws, outcomes and inputs of any size: what no double can hold is refused in a sentence, and
/// units change nothing.
@Suite struct PredictiveExtremeTests {
  private func write(_ lines: [String], _ name: String, _ folder: URL) throws -> String {
    let file = folder.appendingPathComponent(name)
    try (lines.joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }

  private func refused(_ arguments: [String], _ folder: URL) {
    let run = folder.appendingPathComponent("run")
    try? FileManager.default.removeItem(at: run)
    do {
      try performPredictive(arguments, in: run)
      Issue.record("not refused: \(arguments)")
    } catch {
      #expect(
        sentence(for: error).contains(/loss is|beyond|below|overflow|finite|unit|at most/),
        "\(error)"
      )
    }
  }

  /// A packed file of zeros and ones stands for a thousand times its bytes in memory.
  @Test func packedDrawsThatStandForMuchAreRefused() throws {
    try withScratchFolder { folder in
      let draws = Tensor((0..<4_000).map { Float($0 % 2) }).insertingAxis(1)
      let words = ["--parameters", "beta", "--model", "samples", "--components", "2"]
      func sentence(_ name: String, _ more: String...) throws -> String? {
        let file = folder.appendingPathComponent(name)
        try CSV.write(draws, columns: ["beta"], to: file)
        let run = folder.appendingPathComponent("run-\(name)\(more.count)")
        return MemoryBound.$free.withValue(1e5) {
          refusal { try performPredictive(["--draws", file.path] + words + more, in: run) }
        }
      }
      let packed = try sentence("a.csv.gz")
      #expect(packed?.contains("would be 0.000131 GB in memory") == true, "\(packed ?? "")")
      #expect(packed?.contains("unpack it (gunzip") == true)
      #expect(try sentence("a.csv") == nil)
      // Online none is kept.
      #expect(try sentence("a.csv.gz", "--online") == nil)
    }
  }

  @Test(arguments: ["1e200", "1e308"]) func hugeDrawsAreRefused(_ size: String) throws {
    try withScratchFolder { folder in
      let draws = try write(
        ["beta.1,beta.2,sigma"]
          + (0..<20).map { "\($0 % 2 == 0 ? "" : "-")\(size),\($0 % 3 == 0 ? "-" : "")\(size),1" },
        "draws.csv",
        folder
      )
      let inputs = ["--parameters", "beta", "--inputs", "gaussian:1", "--steps", "5"]
      for family in ["mixture-of-logistics", "network"] {
        refused(["--draws", draws, "--family", family] + inputs, folder)
      }
      refused(["--draws", draws, "--online"] + inputs, folder)
      refused(["--draws", draws, "--model", "linear", "--noise", "sigma"] + inputs, folder)
      refused(["--draws", draws, "--model", "linear", "--noise", size] + inputs, folder)
      refused(["--draws", draws, "--model", "poisson"] + inputs, folder)
      refused(["--draws", draws, "--model", "samples", "--parameters", "beta"], folder)
      refused(["--draws", draws, "--model", "samples", "--parameters", "beta", "--online"], folder)
    }
  }

  @Test func ratesThatOverflowAreRefused() throws {
    try withScratchFolder { folder in
      let draws = try write(
        ["beta.1,beta.2"] + (0..<20).map { "1e5,\(1e5 + Double($0))" },
        "draws.csv",
        folder
      )
      for extra in [[], ["--certify"], ["--family", "network"]] {
        refused(
          [
            "--draws", draws, "--model", "poisson", "--parameters", "beta", "--inputs",
            "gaussian:1",
            "--steps", "5",
          ] + extra,
          folder
        )
      }
    }
  }

  @Test func hugeOutcomesAreRefused() throws {
    try withScratchFolder { folder in
      for values in [["1e308", "-1e308", "3"], ["1e160", "2e160", "3e160"]] {
        let data = try write(["y"] + values, "y.csv", folder)
        refused(
          ["--model", "mixture", "--data", data, "--outcome", "y", "--deviations", "1,1"],
          folder
        )
        let table = try write(
          ["x,y"] + values.enumerated().map { "\($0.offset),\($0.element)" },
          "xy.csv",
          folder
        )
        for (outcome, noise) in [("y", "1"), ("x", "1"), ("x", "1e160")] {
          refused(
            ["--model", "linear", "--noise", noise, "--data", table, "--outcome", outcome],
            folder
          )
        }
      }
    }
  }

  /// A year and an income, against ascent to the mode on standardised columns, whose prior is wide.
  @Test func yearsAndIncomesAreSampled() throws {
    try withScratchFolder { folder in
      var random = RandomStream(seed: 4)
      let rows = (0..<200).map { _ -> (year: Double, income: Double, y: Int) in
        let (u, v) = (random.normal(), random.normal())
        let p = 1 / (1 + exp(-(u - 0.5 * v + 0.3)))
        return (2010 + (6 * u).rounded(), (5e4 + 2e4 * v).rounded(), random.uniform() < p ? 1 : 0)
      }
      let data = try write(
        ["year,income,y"] + rows.map { "\(Int($0.year)),\(Int($0.income)),\($0.y)" },
        "income.csv",
        folder
      )
      var w = [0.0, 0, 0]
      let x = rows.map { [($0.year - 2010) / 6, ($0.income - 5e4) / 2e4, 1] }
      for _ in 0..<500 {
        var gradient = w.map { _ in 0.0 }
        for (row, place) in zip(rows, x) {
          let p = 1 / (1 + exp(-zip(w, place).reduce(0) { $0 + $1.0 * $1.1 }))
          for j in 0..<3 { gradient[j] += (Double(row.y) - p) * place[j] }
        }
        // H is at most count/4 times the identity of independent columns: a safe step of ascent.
        for j in 0..<3 { w[j] += gradient[j] / 50 }
      }
      for (model, classes) in [("logistic", 1), ("softmax", 2)] {
        let run = folder.appendingPathComponent(model)
        try performPredictive(
          [
            "--model", model, "--data", data, "--outcome", "y", "--draws-count", "400", "--steps",
            "200", "--prior", "1000",
          ],
          in: run
        )
        let student = try CompactStudent.read(from: run.appendingPathComponent("student.json"))
        let places = Tensor([[2010, 5e4], [2016, 5e4], [2010, 9e4], [2004, 2e4]])
        guard case .classes(let logs) = try student.predictions(at: places) else {
          Issue.record("no classes")
          return
        }
        let own = logs.exponential.selecting(1, along: 1).scalars(Double.self)
        let points = [[0, 0, 1], [1, 0, 1], [0, 2, 1], [-1, -1.5, 1]]
        for (p, place) in zip(own, points) {
          let expected = 1 / (1 + exp(-zip(w, place).reduce(0) { $0 + $1.0 * $1.1 }))
          #expect(abs(p - expected) < 0.06, "\(model) of \(classes): \(p), not \(expected)")
        }
      }
    }
  }
}
