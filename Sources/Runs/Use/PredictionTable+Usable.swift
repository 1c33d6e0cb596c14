import Distill
import Foundation

extension PredictionTable {
  /// - Parameter data: The inputs; nil for the test examples of a run, and for densities of outcomes, which
  ///   have none.
  package init(_ student: UsableStudent, _ data: String?, _ request: PredictionRequest) throws {
    let cells: PredictionTable.Cells
    switch (student, data) {
    case (.compact(let compact), _):
      try self.init(compact, data, request)
      return
    case (.field(let field), _):
      try self.init(field.use().answers(to: data), student.classes, data, request)
      return
    case (.network(let network), _):
      let inputs = try data.map(network.inputs) ?? network.testExamples().inputs
      let predictions = try network.predictions(at: inputs)
      let threshold = try Cascade.threshold(beside: network.file)
      cells = Self.handingOver(
        try Self.cells(of: predictions, student.classes, data, request, network.outputs),
        predictions,
        threshold?.confidence
      )
    case (.exported(let exported), let data?):
      let predictions = try exported.predictions(at: exported.inputs(from: data))
      if exported.isDensity, case .means(let logs) = predictions {
        cells = (["log-probability"], logs.rowsOfScalars)
      } else {
        cells = Self.handingOver(
          try Self.cells(of: predictions, student.classes, data, request, exported.outputs),
          predictions,
          exported.cascade
        )
      }
    case (.model(let student), let data?):
      let model = student.model
      let logs = model.logProbability(try model.states(from: data)).scalars(Double.self)
      cells = (["log-probability"], logs.map { [$0] })
    case (.exported, nil), (.model, nil):
      throw RunError("the student predicts from inputs: give them with --data")
    }
    self.init(columns: cells.columns, rows: cells.rows)
  }

  /// The numbers of what a student of a field says.
  init(
    _ said: FieldAnswers,
    _ classes: [String],
    _ data: String?,
    _ request: PredictionRequest
  ) throws {
    let cells = try Self.cells(of: said.predictions, classes, data, request, said.outputs)
    self.init(columns: cells.columns, rows: cells.rows)
  }

  /// One column more: 1 where the student hands over to its teacher.
  ///
  /// - Parameter confidence: Above which it answers by itself; nil where it always does.
  private static func handingOver(
    _ cells: Cells,
    _ predictions: CompactStudent.Predictions,
    _ confidence: Double?
  ) -> Cells {
    guard let confidence, case .classes(let logs) = predictions else { return cells }
    let sure = logs.maximum(along: 1).exponential.scalars(Double.self)
    return (
      cells.columns + ["to the teacher"],
      zip(cells.rows, sure).map { $0 + [$1 > confidence ? 0 : 1] }
    )
  }

  /// - Parameter outputs: The names of real numbers that are predicted; nil for those of means.
  private static func cells(
    of predictions: CompactStudent.Predictions,
    _ classes: [String],
    _ data: String?,
    _ request: PredictionRequest,
    _ outputs: [String]?
  ) throws -> Cells {
    let cells = try cells(of: predictions, classes, data, request)
    guard case .means = predictions, let outputs else { return cells }
    return (outputs, cells.rows)
  }
}
