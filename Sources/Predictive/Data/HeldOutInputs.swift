import Distillation
import Exchange
import Foundation
import Mathematics
import Tensors

extension PredictiveProblem {
  /// Holds a fifth of the rows out, for the certificate.
  package mutating func holdOut(seed: UInt64) {
    guard let rows, rows.shape[0] >= 5 else { return }
    fitted = Self.order(rows, seed: seed)[0..<(rows.shape[0] * 4 / 5)]
  }

  private static func order(_ rows: Tensor, seed: UInt64) -> Tensor {
    Tensor.permutation(rows.shape[0], using: RandomGenerator(seed: seed &+ 5))
  }

  /// The numbers of the rows that were held out.
  package func heldOutRows(seed: UInt64) -> Tensor? {
    guard let rows, let fitted else { return nil }
    return Self.order(rows, seed: seed)[fitted.count..<rows.shape[0]]
  }
}

/// Inputs at which nothing was distilled, where the student is compared with the draws.
package struct HeldOutInputs {
  /// As they are given, `[count, inputs]`.
  package let rows: Tensor
  /// In the coordinates of the model, with the constant; of tabulated values the numbers of rows.
  package let places: Tensor
  /// What they are, in words.
  package let name: String
  /// Real outcomes; nil where there are none.
  package let scored: ScoredOutcomes?

  /// - Throws: One sentence when the held-out table does not fit the data.
  package init(
    _ plan: PredictivePlan,
    _ problem: PredictiveProblem,
    _ data: PredictiveData?,
    seed: UInt64
  ) throws {
    let isTable = problem.isTabulated
    let most = plan.data.comparedRows
    func places(_ rows: Tensor, _ numbers: Tensor) -> Tensor {
      isTable ? numbers.cast(to: .float64).insertingAxis(1) : problem.scaling.scaled(rows)
    }
    if let path = plan.data.heldOut {
      guard !isTable else {
        throw RunError(
          "--held-out has no use here: values are known at the rows of the data only"
        )
      }
      let classes = problem.classes.isEmpty ? nil : problem.classes
      let table = try PredictiveData.read(
        path,
        plan.data,
        plan.model.outcomes(plan.draws, classes: classes),
        known: problem.inputNames
      )
      try table.checkRange(path)
      let all = try table.rows(named: problem.inputNames, path)
      let picks = Self.spread(table.count, most)
      rows = all[rows: picks]
      self.places = places(rows, picks)
      name = Self.name(picks.count, of: table.count, "rows of \(path)")
      scored = table.outcomes.map {
        ScoredOutcomes(
          rows: all,
          places: places(all, picks),
          outcomes: $0,
          name: "held-out outcomes"
        )
      }
      return
    }
    scored = data.flatMap { data in
      data.outcomes(in: problem.classes).map { outcomes in
        ScoredOutcomes(
          rows: data.rows,
          places: places(data.rows, .range(0..<data.count)),
          outcomes: outcomes,
          name: "the data's own outcomes"
        )
      }
    }
    if let data, let held = problem.heldOutRows(seed: seed) {
      let some = held[rows: Self.spread(held.count, most)]
      rows = data.rows[rows: some]
      self.places = places(rows, some)
      name = Self.name(
        some.count,
        of: held.count,
        "rows of the data at which it was not trained"
      )
      return
    }
    let scaling = problem.scaling
    let normal = Tensor.normal(
      [1_000, scaling.inputs],
      .float64,
      using: RandomGenerator(seed: seed &+ 99)
    )
    rows = normal * Tensor(scaling.scales) + Tensor(scaling.shifts)
    self.places = scaling.withConstant(normal)
    name = "1,000 fresh inputs"
  }

  /// At most `most` of the numbers below `count`, at even distances.
  private static func spread(_ count: Int, _ most: Int) -> Tensor {
    Tensor(count <= most ? Array(0..<count) : (0..<most).map { $0 * count / most })
  }

  private static func name(_ some: Int, of all: Int, _ what: String) -> String {
    some == all
      ? "\(grouped(all)) \(what)"
      : "\(grouped(some)) of the \(grouped(all)) \(what) (--compared-rows for more)"
  }
}
