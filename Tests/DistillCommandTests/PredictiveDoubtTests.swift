import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// What casts doubt on draws is said, also with `--quiet`, and written down.
@Suite struct PredictiveDoubtTests {
  private func diagnosis(_ chains: [[[Double]]]) throws -> DrawDiagnosis {
    try withScratchFolder { folder in
      let files = try chains.enumerated().map { number, rows in
        let names = rows[0].indices.map { "b.\($0 + 1)" }
        return try written(tableText(names, rows), "\(number).csv", in: folder)
      }
      let source = try DrawFile(files)
      var seen = RetainedDraws(source, capacity: nil)
      while let draw = try source.next() { seen.add(draw, ofChain: source.latestChain) }
      return DrawDiagnosis(seen.summary(divergences: 0), seen: seen, divergences: 0)
    }
  }

  private func column(_ values: [Double]) -> [[Double]] { values.map { [$0] } }

  @Test func goodDrawsAreNotDoubted() throws {
    let chains = (0..<4).map { column(normals(2_000, seed: UInt64(10 + $0))) }
    #expect(try diagnosis(chains).warning == nil)
  }

  /// Of many numbers the largest R̂ is large by chance.
  @Test func manyNumbersAreLookedAt() throws {
    let (numbers, draws) = (200, 250)
    func chains(shifting shift: Double) -> [[[Double]]] {
      (0..<4).map { chain in
        let flat = normals(numbers * draws, seed: UInt64(40 + chain))
        return (0..<draws).map { row in
          var draw = Array(flat[(row * numbers)..<((row + 1) * numbers)])
          if chain == 3 { draw[7] += shift }
          return draw
        }
      }
    }
    let good = try diagnosis(chains(shifting: 0))
    let largest = try #require(good.worstRHat).value
    #expect(good.quantities == numbers && largest > 1.01 && good.warning == nil)
    #expect(good.text.contains("(of 200 up to 1.0"))
    let bad = try diagnosis(chains(shifting: 1))
    #expect(bad.warning?.contains("R̂ of b") == true)
    // By scipy: √(1 + 8/7 · chi2.isf(0.05 / (2 K), 7) / S).
    for (count, size, expected) in [(1, 400.0, 1.02262), (500, 1_000, 1.01785)] {
      let found = DrawDiagnosis.expectedRHat(quantities: count, chains: 4, size: size)
      // The quantile is Wilson and Hilferty's.
      #expect(abs(found - expected) < 5e-4)
    }
  }

  @Test func drawsThatDoNotMove() throws {
    let noise = normals(400, seed: 4).map { 0.3 * (1 + 1e-16 * $0) }
    for chain in [noise, [Double](repeating: 2, count: 400), [Double](repeating: 0, count: 400)] {
      #expect(try diagnosis([column(chain)]).warning?.contains("do not move") == true)
    }
    // Each chain stands still at a place of its own: R̂ is infinite.
    let apart = [1.0, 2].map { column([Double](repeating: $0, count: 400)) }
    #expect(try diagnosis(apart).warning?.contains("does not move in b") == true)
    let one = [column([Double](repeating: 1, count: 400)), column(normals(400, seed: 5))]
    #expect(try diagnosis(one).warning?.contains("does not move in b") == true)
  }

  @Test(arguments: 1...7)
  func tooFewDraws(count: Int) throws {
    let warning = try diagnosis([column(normals(count, seed: 6))]).warning
    #expect(warning?.contains("too few to tell") == true)
  }

  /// A number that is the same in all draws, such as a weight of reference, is no fault.
  @Test func aConstantAmongOthers() throws {
    let chains = (0..<4).map { chain in
      normals(2_000, seed: UInt64(20 + chain)).map { [$0, 0] }
    }
    let diagnosis = try diagnosis(chains)
    #expect(diagnosis.warning == nil && diagnosis.worstRHat?.name == "b.1")
  }

  @Test func certificatesSayWhatTheirDrawsAreWorth() throws {
    try withScratchFolder { folder in
      let files = try (0..<4).map { chain in
        let rows = normals(500, seed: UInt64(chain)).map { [1 + 0.1 * ($0 + (chain == 3 ? 2 : 0))] }
        return try written(tableText(["beta"], rows), "\(chain).csv", in: folder)
      }
      let run = folder.appendingPathComponent("run")
      let transcript = try performPredictive(
        ["--draws"] + files + ["--inputs", "gaussian:1", "--steps", "20", "--certify"],
        in: run,
        .quiet
      )
      let parts = transcript.text.components(
        separatedBy: "warning: do not trust these draws yet: R̂ of beta is"
      )
      #expect(parts.count == 2)
      let teacher = try #require(predictiveCertificate(run).teacher)
      // One of four chains two deviations off: R̂² = (1 − 1/n) + B/n/W, halves or not.
      let rHat = try #require(teacher.worstRHat).value
      #expect(rHat > 1.2 && rHat < 1.6 && teacher.warning != nil && teacher.draws == 2_000)
      #expect(teacher.smallestBulkSize != nil && teacher.divergences == 0)
      let page = try String(
        contentsOf: run.appendingPathComponent("report.html"),
        encoding: .utf8
      )
      #expect(page.contains("do not trust these draws yet") && page.contains("R̂ ≤"))
    }
  }
}
