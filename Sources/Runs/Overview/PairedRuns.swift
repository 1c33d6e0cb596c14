import Distill
import Foundation

/// The students of two runs of `distill compress` on the same test examples.
enum PairedRuns {
  /// Differences of the second run's student from the first's by the names of measures, larger is
  /// better for classes.
  ///
  /// - Throws: `RunError` that says why they cannot be compared so.
  static func measures(_ first: String, _ second: String) throws -> [String: PairedComparison] {
    let students = try [first, second].map { try FinishedStudent($0) }
    guard students.allSatisfy(\.plan.data.isLabelled) else {
      throw RunError("there are no labels")
    }
    let tests = try students.map { try $0.examples(from: nil, labels: nil) }
    guard tests[0].inputs.shape == tests[1].inputs.shape,
      !(tests[0].inputs .!= tests[1].inputs).containsTrue
    else { throw RunError("they were tested on different examples") }
    let predictions = try zip(students, tests).map { student, test in
      try student.predictions(at: test.inputs)
    }
    switch (predictions[0], predictions[1]) {
    case (.classes(let a), .classes(let b)):
      guard students[0].plan.data.classes == students[1].plan.data.classes,
        !(tests[0].labels .!= tests[1].labels).containsTrue
      else { throw RunError("they have different classes") }
      let labels = tests[0].labels
      let own = ClassPredictions(logProbabilities: b, labels: labels)
      let base = ClassPredictions(logProbabilities: a, labels: labels)
      return [
        "accuracy": PairedComparison(own.correctness, base.correctness),
        "log-probability": PairedComparison(own.logProbability, base.logProbability),
      ]
    case (.means, .means) where students.contains { $0.plan.data.task == .embeddings }:
      throw RunError("they give vectors")
    case (.means(let a), .means(let b)):
      guard let targets = tests[0].targets, a.shape == b.shape, targets.shape == a.shape else {
        throw RunError("they give different numbers")
      }
      func errors(_ own: Tensor) -> Tensor {
        (own.cast(to: .float64) - targets.cast(to: .float64)).squared.mean(along: 1)
      }
      return ["squared error": PairedComparison(errors(b), errors(a))]
    default: throw RunError("they predict different things")
    }
  }
}
