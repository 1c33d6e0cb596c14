import Distill
import Foundation
import Runs

/// Microseconds for one row of many.
struct TableTimes: Codable {
  let student: Double
  let teacher: Double
  /// What the teacher's own library took where the tables were made; nil where nobody measured it.
  let library: Double?
}

/// How the students of one kind do on the test part of a table.
struct TableScore: Codable {
  let name: String
  let accuracy: Measured
  let logProbability: Measured
  let agreement: Measured
  /// Student less teacher.
  let accuracyGap: Measured
  /// Against the students on the labels, seed by seed and row by row; nil for these.
  let gain: Measured?
  /// Against the students on the teacher at the training rows alone; nil for these and the labels.
  let gainOfRows: Measured?
}

/// One table.
struct TableScores: Codable {
  var event = "table"
  let name: String
  let rows: Int
  let columns: Int
  let classes: Int
  let teacherAccuracy: Measured
  let students: [TableScore]
  let times: TableTimes
  let studentParameters: Int
  let teacherParameters: Int

  init(
    _ task: TableTask,
    taught: ClassPredictions,
    said: [[ClassPredictions]],
    times: TableTimes,
    parameters: (student: Int, teacher: Int)
  ) throws {
    name = task.name
    (rows, columns) = (task.training.count, task.training.shape[0])
    classes = task.training.classes.count
    self.times = times
    (studentParameters, teacherParameters) = parameters
    teacherAccuracy = Measured(taught.correctness.insertingAxis(0))
    let kinds = task.options.students
    func correctness(_ kind: TablesExperiment.Kind) -> Tensor? {
      kinds.firstIndex(of: kind).map { .stacked(said[$0].map(\.correctness), along: 0) }
    }
    students = kinds.enumerated().map { index, kind in
      let own = said[index]
      let right = Tensor.stacked(own.map(\.correctness), along: 0)
      let control = kind == .labels ? nil : correctness(.labels)
      let soft = kind == .labels || kind == .soft ? nil : correctness(.soft)
      return TableScore(
        name: kind.rawValue,
        accuracy: Measured(right),
        logProbability: Measured(.stacked(own.map(\.logProbability), along: 0)),
        agreement: Measured(.stacked(own.map { $0.agreement(with: taught) }, along: 0)),
        accuracyGap: Measured(right - taught.correctness.insertingAxis(0)),
        gain: control.map { Measured(right - $0) },
        gainOfRows: soft.map { Measured(right - $0) }
      )
    }
  }

  var table: TextTable {
    var table = TextTable(columns: [
      "\(name), \(grouped(rows)) rows; student on …", "accuracy %", "− teacher", "agreement %",
      "log-probability", "− labels", "− soft", "parameters", "µs/row",
    ])
    for score in students {
      table.append([
        score.name,
        score.accuracy.text(100, digits: 2),
        score.accuracyGap.text(100, digits: 2, signed: true),
        score.agreement.text(100, digits: 2),
        score.logProbability.text(digits: 3),
        score.gain?.text(100, digits: 2, signed: true) ?? "–",
        score.gainOfRows?.text(100, digits: 2, signed: true) ?? "–",
        grouped(studentParameters),
        String(format: "%.2f", times.student),
      ])
    }
    table.append([
      "teacher", teacherAccuracy.text(100, digits: 2), "–", "–", "–", "–", "–",
      grouped(teacherParameters), String(format: "%.2f", times.teacher),
    ])
    return table
  }

  /// The best student that knows the teacher; of all where none does.
  var best: TableScore {
    let taught = students.filter { $0.name != TablesExperiment.Kind.labels.rawValue }
    return (taught.isEmpty ? students : taught).max { $0.accuracy.mean < $1.accuracy.mean }!
  }
}
