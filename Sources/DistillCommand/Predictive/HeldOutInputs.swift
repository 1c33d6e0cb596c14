import Distill
import Foundation

extension PredictiveProblem {
  /// Holds a fifth of the rows out, for the certificate.
  mutating func holdOut(seed: UInt64) {
    guard let rows, rows.shape[0] >= 5 else { return }
    fitted = Self.order(rows, seed: seed)[0..<(rows.shape[0] * 4 / 5)]
  }

  private static func order(_ rows: Tensor, seed: UInt64) -> Tensor {
    Tensor.permutation(rows.shape[0], using: RandomGenerator(seed: seed &+ 5))
  }

  /// The numbers of the rows that were held out.
  func heldOutRows(seed: UInt64) -> Tensor? {
    guard let rows, let fitted else { return nil }
    return Self.order(rows, seed: seed)[fitted.count..<rows.shape[0]]
  }
}

/// Inputs at which nothing was distilled, where the student is compared with the draws.
struct HeldOutInputs {
  /// As they are given, `[count, inputs]`.
  let rows: Tensor
  /// In the coordinates of the model, with the constant; of tabulated values the numbers of rows.
  let places: Tensor
  /// Outcomes that the draws never saw; nil where there are none.
  let outcomes: [Double]?
  /// What they are, in words.
  let name: String

  /// Inputs of a certificate are at most so many.
  private static let most = 2_000

  init(_ run: PredictiveRun, _ problem: PredictiveProblem, _ data: PredictiveData?) throws {
    let isTable = problem.model is TabulatedModel
    if let path = run.options.data.heldOut {
      guard !isTable else {
        throw CommandError(
          "--held-out has no use here: values are known at the rows of the data only"
        )
      }
      let table = try PredictiveData.read(
        path,
        outcome: run.options.data.outcome,
        ignoring: run.options.data.ignore,
        header: CSV.Header(run.options.data.header),
        ofClasses: run.options.model.isOfClasses(run.options.draws),
        classes: data.flatMap { $0.classes.isEmpty ? nil : $0.classes }
      )
      let ordered = try table.rows(named: problem.inputNames, path)
      rows = ordered[0..<min(table.count, Self.most)]
      places = problem.scaling.scaled(rows)
      outcomes = table.outcomes.map { Array($0.prefix(Self.most)) }
      name = "\(grouped(rows.shape[0])) rows of \(path)"
      return
    }
    outcomes = nil
    if let data, let picks = problem.heldOutRows(seed: run.seed) {
      let some = picks[0..<min(picks.count, Self.most)]
      rows = data.rows[rows: some]
      places =
        isTable ? some.cast(to: .float64).insertingAxis(1) : problem.scaling.scaled(rows)
      name = "\(grouped(some.count)) rows of the data at which it was not trained"
      return
    }
    let scaling = problem.scaling
    let normal = Tensor.normal(
      [1_000, scaling.inputs],
      .float64,
      using: RandomGenerator(seed: run.seed &+ 99)
    )
    rows = normal * Tensor(scaling.scales) + Tensor(scaling.shifts)
    places = scaling.withConstant(normal)
    name = "1,000 fresh inputs"
  }
}
