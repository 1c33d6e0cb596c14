import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

/// Outcomes that draws of a hierarchical negative binomial regression predict, against its predictive
/// distributions in closed form (`Tools/reference/outcomes.py`).
@Suite struct OutcomeModelTests {
  private struct Predictive: Decodable {
    let school: String
    let x: Double
    let mean: Double
    let deviation: Double
    let probabilities: [Double]
  }

  private static let folder = DocumentationTests.checkout
    .appendingPathComponent("Tests/DistillCommandTests/Fixtures/outcomes")

  private static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private var counts: [String] {
    [
      "--model", "outcomes", "--draws", Self.path("draws.csv"), "--data", Self.path("data.csv"),
      "--one-hot", "school", "--hidden", "16", "--steps", "1500",
    ]
  }

  @Test func countsOfGroups() throws {
    let data = try Data(contentsOf: Self.folder.appendingPathComponent("predictive.json"))
    let expected = try JSONDecoder().decode([Predictive].self, from: data)
    try withScratchFolder { folder in
      let run = folder.appendingPathComponent("run")
      let said = try performPredictive(counts, in: run).text
      #expect(said.contains("taken for counts"))
      let student = try predictiveStudent(run)
      #expect(
        student.inputs == ["x"] + ["A", "B", "C", "D", "E", "F", "new"].map { "school=\($0)" }
      )
      for place in expected {
        let row = student.inputs.map { name -> Double in
          if name == "x" { return place.x }
          return name == "school=\(place.school)" ? 1 : 0
        }
        guard case .outcomes(let found) = try student.predictions(at: Tensor([row])) else {
          Issue.record("no outcomes")
          return
        }
        var (divergence, plain) = (0.0, 0.0)
        for (y, p) in place.probabilities.enumerated() where p > 0 {
          let poisson = Double(y) * log(place.mean) - place.mean - lgamma(Double(y) + 1)
          divergence += p * (log(p) - found[0].logProbability(of: Double(y)))
          plain += p * (log(p) - poisson)
        }
        // Four hundred draws say this much; one Poisson of the right mean is far from it.
        #expect(divergence < 0.06 && plain > 0.12, "\(place.school): \(divergence), \(plain)")
        #expect(abs(found[0].mean / place.mean - 1) < 0.2, "\(place.school)")
      }
      // A group is named by its column, and one that is not there is the new one.
      let table = try written("x,school\n0.3,new\n0.3,Q\n1.0,E\n", "t.csv", in: folder)
      let rows = try PredictionTable(student, table, quantiles: [0.5]).rows
      #expect(rows[0] == rows[1] && rows[0] != rows[2])
    }
  }

  @Test func scoredByDrawsThatWereKeptOut() throws {
    try withScratchFolder { folder in
      let run = folder.appendingPathComponent("run")
      try performPredictive(counts + ["--certify"], in: run)
      let certificate = try predictiveCertificate(run)
      let scores = Dictionary(
        uniqueKeysWithValues: (certificate.outcomes ?? []).map { ($0.name, $0.logProbability.mean) }
      )
      let own = try #require(scores["student"])
      let rows = try #require(scores["one negative binomial for each row"])
      let all = try #require(scores["one negative binomial for all rows"])
      #expect(own > all && own > rows - 0.2, "\(scores)")
      let shares = certificate.coverage.filter { $0.of == "held-out draws" }
      #expect(shares.count == 3)
      // Intervals of counts hold as much as they say and more.
      for share in shares { #expect(share.share.mean > share.level - 0.1) }
    }
  }

  /// Heavy tails and a spread that grows with the input, of which one normal knows nothing.
  @Test func numbersWithTails() throws {
    try withScratchFolder { folder in
      var random = RandomStream(seed: 12)
      let inputs = (0..<40).map { _ in random.uniform() * 2 - 1 }
      let draws = (0..<300).map { _ in
        inputs.map { x -> Double in
          let scale = 0.2 + 0.3 * (x + 1)
          let noise = random.normal() / max(random.uniform(), 0.2).squareRoot()
          return 1e5 + 100 * x + 50 * scale * noise
        }
      }
      let names = inputs.indices.map { "y_rep[\($0 + 1)]" }
      let table = try written(tableText(names, draws), "draws.csv", in: folder)
      let data = try written(tableText(["dose"], inputs.map { [$0] }), "data.csv", in: folder)
      let run = folder.appendingPathComponent("run")
      let common = ["--model", "outcomes", "--draws", table, "--data", data, "--steps", "1000"]
      try performPredictive(common, in: run)
      guard
        case .outcomes(let found) = try predictiveStudent(run).predictions(
          at: Tensor([[-0.8], [0.8]])
        )
      else {
        Issue.record("no outcomes")
        return
      }
      for (outcome, x) in zip(found, [-0.8, 0.8]) {
        #expect(abs(outcome.quantile(0.5) - 1e5 - 100 * x) < 15)
      }
      let widths = found.map { $0.quantile(0.75) - $0.quantile(0.25) }
      // Scales of 0.26 and 0.74.
      #expect((2...4).contains(widths[1] / widths[0]))
      let odd = refusal {
        try performPredictive(
          common + ["--family", "poisson-mixture-network"],
          in: folder.appendingPathComponent("odd")
        )
      }
      #expect(odd?.contains("is for counts, and a draw holds") == true)
      let short = try written("dose\n1\n2\n", "short.csv", in: folder)
      let other = refusal {
        try performPredictive(["--model", "outcomes", "--draws", table, "--data", short])
      }
      #expect(other?.contains("a draw holds 40 outcomes for 2 rows of data") == true)
    }
  }

  @Test func aNameThatIsNotKnown() throws {
    try withScratchFolder { folder in
      let data = try written("g,x\nA,1\nB,2\n", "d.csv", in: folder)
      let one = try OneHot(["g"], of: data)
      #expect(one.names == ["g=A", "g=B"])
      #expect(one.values?.rowsOfScalars == [[1, 0], [0, 1]])
      let other = try written("g,x\nB,1\nC,2\n", "o.csv", in: folder)
      let known = refusal { try OneHot(["g"], of: other, known: ["x", "g=A", "g=B"]) }
      #expect(known?.contains("row 2 has the g 'C', of which the student knows nothing") == true)
      #expect(refusal { try OneHot(["h"], of: data) }?.contains("has no column h") == true)
    }
  }
}
