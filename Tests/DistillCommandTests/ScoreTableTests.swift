import Distill
import Foundation
import Testing

@testable import Compression
@testable import DistillCommand
@testable import Exchange
@testable import Experiments
@testable import Runs

@Suite struct ScoreTableTests {
  private func score(
    _ name: String,
    right: Int,
    of count: Int,
    isStudent: Bool = true
  ) throws -> ModelScore {
    let network = MLP([4, 3, 2], using: RandomGenerator(seed: 1))
    let inputs = Tensor.normal([count, 4], using: RandomGenerator(seed: 2))
    func predictions(_ right: Int) -> ClassPredictions {
      ClassPredictions(
        logProbabilities: Tensor((0..<count).map { $0 < right ? 3.0 : -3.0 })
          .reshaped(to: [count, 1]).concatenatedWithNegative,
        labels: Tensor([Int](repeating: 0, count: count))
      )
    }
    return try ModelScore(
      name,
      [network],
      predictions(right),
      control: isStudent ? predictions(count / 2) : nil,
      teacher: isStudent ? predictions(count) : nil,
      on: Examples(inputs)
    )
  }

  @Test func itFitsATerminal() throws {
    let scores = try [
      score("labels", right: 900, of: 1_000), score("soft targets", right: 950, of: 1_000),
      score("soft targets + derivatives", right: 1_000, of: 1_000),
      score("ensemble of 1000", right: 990, of: 1_000, isStudent: false),
    ]
    let table = ModelScore.table("784-50-30-10 on …", scores, unit: "example")
    let lines = table.text(width: 80).split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(table)")
    #expect(!table.description.contains("e+") && !table.description.contains("%"))
    #expect(table.rows.map { $0[0] }.contains("accuracy gain"))
  }

  /// 18 of 18: the lower end of Wilson's interval is 18 / 22.
  @Test func allRightIsNotCertain() throws {
    let table = ModelScore.table("", [try score("student", right: 18, of: 18)], unit: "example")
    #expect(table.rows[0] == ["accuracy", "1.000 (0.818–1.000)"])
  }

  @Test func rowsThatSayNothingAreLeftOut() throws {
    let alone = try score("teacher", right: 9, of: 10, isStudent: false)
    let names = ModelScore.table("", [alone], unit: "image").rows.map { $0[0] }
    #expect(names == ["accuracy", "log-probability", "parameters", "bytes", "µs per image"])
  }
}

extension Tensor {
  /// Logits of two classes from a column, as log-probabilities.
  fileprivate var concatenatedWithNegative: Tensor {
    Tensor.concatenated([self, self * -1], along: 1).logSoftmax(along: 1)
  }
}
