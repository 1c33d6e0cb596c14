import Distill
import Foundation

extension PredictionTable {
  /// - Parameter data: The inputs; nil for the test examples of a run of `distill compress`, and for
  ///   densities of outcomes, which have none.
  init(_ student: UsableStudent, _ data: String?, _ request: PredictionRequest) throws {
    let cells: PredictionTable.Cells
    switch (student, data) {
    case (.compact(let compact), _):
      try self.init(compact, data, request)
      return
    case (.network(let network), _):
      let inputs = try data.map(network.inputs) ?? network.testExamples().inputs
      let predictions = CompactStudent.Predictions.classes(
        logProbabilities: try network.logProbabilities(inputs)
      )
      cells = try Self.cells(of: predictions, student.classes, data, request)
    case (.exported(let exported), let data?):
      let predictions = try exported.predictions(at: exported.inputs(from: data))
      if exported.isDensity, case .means(let logs) = predictions {
        cells = (["log-probability"], logs.rowsOfScalars)
      } else {
        cells = try Self.cells(of: predictions, student.classes, data, request)
      }
    case (.model(let model), let data?):
      let logs = model.logProbability(try model.states(from: data)).scalars(Double.self)
      cells = (["log-probability"], logs.map { [$0] })
    case (.exported, nil), (.model, nil):
      throw CommandError("the student predicts from inputs: give them with --data")
    }
    self.init(columns: cells.columns, rows: cells.rows)
  }
}
